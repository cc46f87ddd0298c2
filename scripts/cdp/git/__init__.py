"""Git: what a knowledge base was, what a change would make of it, and commits that hold exactly the bytes of a plan.

Nothing is checked out and no program that a repository, a person or a proposal names is run: see ``running``.
"""

from cdp.git.committing import carry, prepare, undo
from cdp.git.comparing import Base, base, changed, entries, ever, lived, read, usual
from cdp.git.dating import last_changes, shallow
from cdp.git.objects import Entry, Objects
from cdp.git.running import WHOLE, GitError

__all__ = [
    "WHOLE",
    "Base",
    "Entry",
    "GitError",
    "Objects",
    "base",
    "carry",
    "changed",
    "entries",
    "ever",
    "last_changes",
    "lived",
    "prepare",
    "read",
    "shallow",
    "undo",
    "usual",
]
