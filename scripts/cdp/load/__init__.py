"""Files to a Repository. Pure: where the files come from (disk, Git objects) is the reader's business."""

from cdp.load.files import File
from cdp.load.loading import ATTACHMENTS, debris, load, silent
from cdp.load.names import MAX_PATH, unportable

__all__ = ["ATTACHMENTS", "MAX_PATH", "File", "debris", "load", "silent", "unportable"]
