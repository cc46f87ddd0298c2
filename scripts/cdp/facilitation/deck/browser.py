"""Slides as one page for the browser: reveal.js inside it, nothing fetched; arrows, space, and a print of all."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape

from cdp.facilitation.deck.slides import Slide


def browser(slides: list[Slide], lang: str, program: str, styles: str) -> bytes:
    """Return the page.

    Args:
        slides: what to show.
        lang: language of the page.
        program: reveal.js, as vendored in ``theme/deck/``.
        styles: its CSS and ours.
    """
    start = _START
    script = program.replace("</script", "<\\/script") + "\n" + start
    policy = "sha256-" + b64encode(hashlib.sha256(script.encode()).digest()).decode()
    body = "\n".join(_slide(slide) for slide in slides)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src '{policy}'; img-src data:\">"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(slides[0].title)}</title><style>{styles}</style></head>"
        f'<body><div class="reveal"><div class="slides">\n{body}\n</div></div><script>{script}</script></body></html>\n'
    ).encode()


_START = """var upright = matchMedia("(max-width: 600px) and (orientation: portrait)");
upright.addEventListener("change", function () { location.reload(); });
document.body.classList.toggle("upright", upright.matches);
if (!upright.matches) Reveal.initialize({hash:true,transition:"none",backgroundTransition:"none",controlsTutorial:false,scrollActivationWidth:0,width:1280,height:720,margin:0.04,center:false});"""
"""How the page begins. On a telephone held upright, slides would be a stamp: they follow one another, in full size."""


def _slide(slide: Slide) -> str:
    level = "h1" if slide.opening else "h2"
    parts = [f"<{level}>{escape(slide.title)}</{level}>"]
    if slide.opening:
        parts += [f"<p>{escape(line)}</p>" for line in slide.lines if line]
        parts.append(_BAND)
    elif slide.statement:
        parts += [f'<p class="statement">{escape(line)}</p>' for line in slide.lines]
    elif slide.figures:
        tiles = "".join(f"<li><strong>{escape(n)}</strong> {escape(what)}</li>" for n, what in slide.figures)
        parts.append(f'<ul class="figures">{tiles}</ul>')
    elif slide.columns:
        columns = "".join(f"<div><h3>{escape(head)}</h3>{_list(items)}</div>" for head, items in slide.columns)
        parts.append(f'<div class="columns">{columns}</div>')
    elif slide.segments:
        parts += [f'<p class="quiet">{escape(line)}</p>' for line in slide.lines]
        parts.append(_timeline(slide))
    else:
        parts.append(_list(slide.lines, slide.details, boxed=slide.boxed))
    if slide.notes:
        parts.append(f'<aside class="notes">{escape(slide.notes)}</aside>')
    long = " long" if len(slide.title) > 60 else ""
    kind = "opening" if slide.opening else slide.size
    # The colour of a first slide goes to the edges of the screen, and its arrows turn white.
    behind = ' data-background-color="#00695c"' if slide.opening else ""
    return f'<section class="{kind}{long}"{behind}>{"".join(parts)}</section>'


_BAND = (
    '<div class="band">'
    + "".join(f'<i class="{name}"></i>' for name in ("winter", "spring", "summer", "autumn"))
    + "</div>"
)


def _list(items: tuple[str, ...], details: tuple[str, ...] = (), *, boxed: bool = False) -> str:
    said = zip(items, details or ("",) * len(items), strict=True)
    points = (f"{escape(item)}{f'<small>{escape(detail)}</small>' if detail else ''}" for item, detail in said)
    kind = ' class="boxes"' if boxed else ""
    return f"<ul{kind}>{''.join(f'<li>{point}</li>' for point in points)}</ul>"


def _timeline(slide: Slide) -> str:
    seasons = "".join(
        f'<li class="{segment.time}{" tight" if segment.tight else ""}" style="left:{segment.start:.2%};width:{segment.end - segment.start:.2%}">'
        f"<strong>{escape(segment.title)}</strong> <span>{escape(segment.dates)}</span></li>"
        for segment in slide.segments
    )
    marks = "".join(
        f'<li class="{"first" if mark.at < 0.05 else "last" if mark.at > 0.95 else ""} row{mark.row}" '
        f'style="left:{mark.at:.2%}">{escape(mark.title)}</li>'
        for mark in slide.marks
    )
    return f'<ol class="seasons">{seasons}</ol><ol class="marks">{marks}</ol>'
