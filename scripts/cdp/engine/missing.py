"""The page of unknown addresses: nobody knows how deep it is shown, so its links start from the site's root."""

from __future__ import annotations

import base64
import hashlib
import re

_POLICY = "script-src 'self'"


def page(html: str, root: str, finder: str) -> str:
    """Return the page with links from the site's root.

    Args:
        html: the page, finished, whose links go up once.
        root: path of the site, or "" when its address is not known: it may then be served under any path.
        finder: the theme's program that looks for the root.
    """
    html = re.sub(r'((?:href|src)=")\.\.(?:/|(?="))', lambda match: match[1] + (root or "/"), html)
    if root:
        return html
    digest = base64.b64encode(hashlib.sha256(finder.encode()).digest()).decode()
    html = html.replace(_POLICY, f"{_POLICY} 'sha256-{digest}'", 1)
    head, _, tail = html.rpartition("</body>")
    return f"{head}<script>{finder}</script></body>{tail}"
