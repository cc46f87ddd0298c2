"""YAML front matter: text to data with the place of every key, and edits that keep every other byte.

python-frontmatter splits the file; the handler below is strict where YAML is lenient. One YAML reader only:
libyaml's event stream, so that two machines never read two different files. Scalars are text, except plain
``true`` and ``false``; dates and numbers are the business of the model.
"""

from cdp.frontmatter.editing import Edit, edit, written
from cdp.frontmatter.known import Known
from cdp.frontmatter.problems import MAX_DEPTH, MAX_FILE, MAX_FRONT_MATTER, Data, Path, Problem, Unreadable
from cdp.frontmatter.reading import CONFLICT, Document, decode, parse, too_large, unreachable

__all__ = [
    "CONFLICT",
    "MAX_DEPTH",
    "MAX_FILE",
    "MAX_FRONT_MATTER",
    "Data",
    "Document",
    "Edit",
    "Known",
    "Path",
    "Problem",
    "Unreadable",
    "decode",
    "edit",
    "parse",
    "too_large",
    "unreachable",
    "written",
]
