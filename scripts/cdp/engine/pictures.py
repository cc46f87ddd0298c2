"""The picture that goes with a shared celebration (Open Graph): drawn at build, the same bytes for the same words.

Drawn with Pillow, which is optional: without it pages have no picture. The letters come with cdp, so that no machine's fonts
matter.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cdp.site.staging import Picture

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

LETTERS = Path(__file__).parent / "letters"
"""DejaVu Sans, its Latin letters only (licence beside it): what Pillow brings has no accents."""
SIZE = (1200, 630)
"""What social networks show whole."""
_PAPER, _INK, _QUIET, _LINE = "#fdfcf9", "#23272a", "#5b5852", "#ded9cf"
_BAND = ("#9ccbf2", "#96d5a6", "#f0c566", "#e58f66")
_SEASONS = {"winter": "#2a5f8f", "spring": "#2c6b42", "summer": "#805300", "autumn": "#9c4219"}
_LEFT, _RIGHT = 80, 1120


def available() -> bool:
    """Tell whether pictures can be drawn here."""
    return find_spec("PIL") is not None


def drawn(pictures: Mapping[str, Picture], cache: Path | None) -> dict[str, bytes]:
    """Return the pictures by path, each drawn once as long as the cache is kept."""
    if not pictures:
        return {}
    salt = hashlib.sha256(Path(__file__).read_bytes() + release().encode()).hexdigest()
    return {path: _kept(picture, salt, cache) for path, picture in sorted(pictures.items())}


def release() -> str:
    """Return the version of Pillow, "" without it."""
    try:
        return version("pillow")
    except PackageNotFoundError:
        return ""


def _kept(picture: Picture, salt: str, cache: Path | None) -> bytes:
    if cache is None:
        return draw(picture)
    key = hashlib.sha256(f"{salt}\0{picture!r}".encode()).hexdigest()
    place = cache / "pictures" / key
    try:
        kept = place.read_bytes()
    except OSError:
        kept = b""
    # What a crash or a bad disk left is drawn anew.
    if len(kept) > 32 and hashlib.sha256(kept[32:]).digest() == kept[:32]:
        return kept[32:]
    data = draw(picture)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{key}.{os.getpid()}")
    partial.write_bytes(hashlib.sha256(data).digest() + data)
    partial.replace(place)
    return data


def draw(picture: Picture) -> bytes:
    """Return a picture as PNG."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, _PAPER)
    pen = ImageDraw.Draw(image)
    for index, colour in enumerate(_BAND):
        pen.rectangle((index * 300, 0, index * 300 + 299, 15), fill=colour)
    _write(pen, (_LEFT, 62), picture.site, 28, _QUIET)
    bottom = _title(pen, picture.title)
    _write(pen, (_LEFT, bottom + 16), picture.line, 32, _QUIET)
    _numbers(pen, picture.numbers)
    _life(pen, picture.seasons)
    buffer = io.BytesIO()
    image.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


@lru_cache(maxsize=32)
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(LETTERS / name, size, layout_engine=ImageFont.Layout.BASIC)


def _write(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    colour: str,
    *,
    bold: bool = False,
    width: float = _RIGHT - _LEFT,
) -> None:
    font = _font(size, bold=bold)
    pen.text(at, next(_lines(pen, text, font, width, 1), ""), colour, font)


def _title(pen: ImageDraw.ImageDraw, title: str) -> float:
    """Write the title as large as it fits in three lines; return where it ends."""
    for size in (78, 66, 56):
        lines = list(_lines(pen, title, _font(size, bold=True), _RIGHT - _LEFT, 3))
        if "".join(lines).replace(" ", "") == title.replace(" ", ""):
            break
    for index, line in enumerate(lines):
        _write(pen, (_LEFT, 112 + index * size * 1.2), line, size, _INK, bold=True)
    return 112 + len(lines) * size * 1.2


def _lines(pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: float, most: int) -> Iterator[str]:
    """Yield a text in lines that fit; the last one ends with an ellipsis when more is left."""
    words = "".join(c if c.isprintable() else " " for c in text).split()[:200]
    for number in range(most):
        if not words:
            return
        taken = 1
        while taken < len(words) and pen.textlength(" ".join(words[: taken + 1]), font) <= width:
            taken += 1
        line = " ".join(words[:taken])
        words = words[taken:]
        if (words and number == most - 1) or pen.textlength(line, font) > width:
            while line and pen.textlength(f"{line}…", font) > width:
                line = line[:-1]
            line = f"{line.rstrip()}…"
        yield line


def _numbers(pen: ImageDraw.ImageDraw, numbers: tuple[tuple[str, str], ...]) -> None:
    """Write up to four numbers, each over its words."""
    step = (_RIGHT - _LEFT) / max(len(numbers), 3)
    for index, (number, words) in enumerate(numbers[:4]):
        x = _LEFT + index * step
        _write(pen, (x, 440), number, 58, _INK, bold=True, width=step - 20)
        _write(pen, (x, 512), words, 24, _QUIET, width=step - 20)


def _life(pen: ImageDraw.ImageDraw, seasons: tuple[tuple[str, float, float], ...]) -> None:
    """Draw the life as a bar, each season in its colour."""
    pen.rounded_rectangle((_LEFT, 572, _RIGHT, 590), 9, fill=_LINE)
    for time, start, end in seasons:
        a, b = (_LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, part)) for part in (start, end))
        if b - a >= 6:
            pen.rounded_rectangle((a + 1, 572, b - 1, 590), 9, fill=_SEASONS[time])
