"""A bag (BagIt, RFC 8493): a folder that says what it holds, so that a library can check it in fifty years."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

TAGS = ("bagit.txt", "bag-info.txt")


def bag(payload: Mapping[str, bytes], info: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    """Return the files of a bag by path.

    Args:
        payload: by path from ``data/``.
        info: labels and values of ``bag-info.txt``, in order.
    """
    data = {f"data/{path}": content for path, content in sorted(payload.items())}
    size = f"{sum(map(len, data.values()))}.{len(data)}"
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(_line(*pair) for pair in [*info, ("Payload-Oxum", size)]).encode(),
        **{f"manifest-{name}.txt": _manifest(data, name) for name in ("sha256", "sha512")},
    }
    tags |= {f"tagmanifest-{name}.txt": _manifest(dict(tags), name) for name in ("sha256", "sha512")}
    return {**tags, **data}


def _manifest(files: Mapping[str, bytes], algorithm: str) -> bytes:
    return "".join(
        f"{hashlib.new(algorithm, data).hexdigest()}  {_encoded(path)}\n" for path, data in sorted(files.items())
    ).encode()


def _encoded(path: str) -> str:
    """Encode what would break a line of a manifest (RFC 8493, 2.1.3)."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _line(label: str, value: str) -> str:
    """Return a line of ``bag-info.txt``; a value stays on one line."""
    return f"{label}: {' '.join(value.split())}\n"
