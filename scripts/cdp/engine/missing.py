"""The page of unknown addresses: nobody knows how deep it is shown, so its links start from the site's root."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

ADDRESS = "missing/"
"""Where the engine puts the page, before it is made that of unknown addresses."""

_SCRIPTS, _STYLES = "script-src 'self'", "style-src 'self'"


def page(html: str, root: str, finder: str, style: str) -> str:
    """Return the page with links from the site's root.

    Args:
        html: the page, finished, whose links go up once.
        root: path of the site, or "" when its address is not known: it may then be served under any path.
        finder: the theme's program that looks for the root.
        style: the theme's own look of the page where no other answers.
    """
    html = re.sub(r'((?:href|src)=")\.\.(?:/|(?="))', lambda match: match[1] + (root or "/"), html)
    if root:
        return html
    for policy, allowed in ((_SCRIPTS, finder), (_STYLES, style)):
        digest = base64.b64encode(hashlib.sha256(allowed.encode()).digest()).decode()
        html = html.replace(policy, f"{policy} 'sha256-{digest}'", 1)
    html = html.replace("</title>", f"</title><style>{style}</style>", 1)
    head, _, tail = html.rpartition("</body>")
    return f"{head}<script>{finder}</script></body>{tail}"


def place(site: Path, site_url: str, theme: Path) -> None:
    """Make the page of unknown addresses of a new site, where hosts look for it.

    Args:
        site: its folder.
        site_url: its address, or "".
        theme: folder of the theme.
    """
    made = site / ADDRESS / "index.html"
    root = urlsplit(site_url).path.rstrip("/") + "/" if site_url else ""
    finder = (theme / "javascripts" / "cdp-root.js").read_text(encoding="utf-8")
    style = (theme / "pages" / "missing.css").read_text(encoding="utf-8")
    html = page(made.read_text(encoding="utf-8"), root, finder, style)
    (site / "404.html").write_text(html, encoding="utf-8", newline="\n")
    shutil.rmtree(made.parent)
