"""Slides as PowerPoint: real layouts and placeholders, so that every word can be edited; no picture of text."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from cdp.facilitation.deck.slides import Slide

INK, QUIET, TEAL, PAPER = "23272A", "5B5852", "00695C", "FDFCF9"
TIMES = {"winter": "2A5F8F", "spring": "2C6B42", "summer": "805300", "autumn": "9C4219"}
"""The site's colours: each season's ink is readable under white letters."""

_WIDE = 12192000 / 9144000
_INCH = 914400


def powerpoint(slides: list[Slide], lang: str) -> bytes:
    """Return a 16:9 presentation; the same slides give the same bytes."""
    from pptx import Presentation
    from pptx.util import Emu

    deck = Presentation()
    deck.slide_width, deck.slide_height = Emu(12192000), Emu(6858000)
    _dress(deck)
    for slide in slides:
        _add(deck, slide, lang)
    deck.core_properties.title = slides[0].title
    deck.core_properties.author = ""
    deck.core_properties.language = lang
    stream = io.BytesIO()
    deck.save(stream)
    return _still(stream.getvalue())


def _dress(deck: Any) -> None:
    """Give the master and its layouts the wide format and the site's look: what people add later has it too."""
    from lxml import etree
    from pptx.oxml.ns import qn

    for holder in (deck.slide_master, *deck.slide_layouts):
        for shape in holder.placeholders:
            if shape._element.spPr.find(qn("a:xfrm")) is not None:
                shape.left, shape.width = int(shape.left * _WIDE), int(shape.width * _WIDE)
    master = deck.slide_master
    master.background.fill.solid()
    master.background.fill.fore_color.rgb = _rgb(PAPER)
    styles = master._element.find(qn("p:txStyles"))
    for name, size, colour, bold in (("p:titleStyle", "3400", TEAL, "1"), ("p:bodyStyle", "2400", INK, "0")):
        level = styles.find(qn(name)).find(qn("a:lvl1pPr"))
        level.set("algn", "l")
        run = level.find(qn("a:defRPr"))
        run.set("sz", size)
        run.set("b", bold)
        fill = run.find(qn("a:solidFill"))
        fill.clear()
        etree.SubElement(fill, qn("a:srgbClr")).set("val", colour)


def _rgb(value: str) -> Any:
    from pptx.dml.color import RGBColor

    colour: Any = RGBColor
    return colour.from_string(value)


def _add(deck: Any, slide: Slide, lang: str) -> None:
    layout = 0 if slide.opening else 4 if slide.columns else 5 if slide.segments else 1
    page = deck.slides.add_slide(deck.slide_layouts[layout])
    _write(page.shapes.title, [slide.title], lang)
    bodies = [shape for shape in page.placeholders if shape.placeholder_format.idx != 0]
    if slide.opening:
        _write(bodies[0], [line for line in slide.lines if line], lang, colour=QUIET, align=True)
    elif slide.columns:
        for (heading, items), (head, body) in zip(slide.columns, (bodies[0:2], bodies[2:4]), strict=True):
            _write(head, [heading], lang)
            _write(body, list(items), lang)
    elif slide.segments:
        _timeline(page, slide, lang)
    else:
        _write(bodies[0], list(slide.lines), lang)
    for shape in list(page.placeholders):
        # An empty placeholder would show « Cliquez pour ajouter ».
        if shape.has_text_frame and not shape.text_frame.text:
            shape._element.getparent().remove(shape._element)
    if slide.notes:
        page.notes_slide.notes_text_frame.text = slide.notes


def _write(shape: Any, lines: list[str], lang: str, size: int = 0, colour: str = "", align: bool = False) -> None:
    from pptx.enum.text import MSO_AUTO_SIZE, PP_ALIGN
    from pptx.util import Pt

    frame = shape.text_frame
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE if shape.is_placeholder else MSO_AUTO_SIZE.NONE
    total = sum(len(line) for line in lines)
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        # Control characters cannot be written in XML.
        run.text = "".join(sign for sign in line if sign.isprintable() or sign in "\t\u00a0")
        run._r.get_or_add_rPr().set("lang", {"fr": "fr-CA"}.get(lang, "en-CA"))
        if size or total > 420:
            run.font.size = Pt(size or (20 if total < 700 else 16))
        if align:
            paragraph.alignment = PP_ALIGN.LEFT
        if colour:
            run.font.color.rgb = _rgb(colour)


def _timeline(page: Any, slide: Slide, lang: str) -> None:
    """Draw the seasons as boxes and the days as marks: shapes that a person can move."""
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.enum.text import PP_ALIGN

    left, width, top, height = 0.7 * _INCH, 11.9 * _INCH, 3.0 * _INCH, 1.2 * _INCH
    box = page.shapes.add_textbox(int(left), int(1.7 * _INCH), int(width), int(0.5 * _INCH))
    _write(box, list(slide.lines), lang, 18, QUIET)
    for segment in slide.segments:
        start, end = left + segment.start * width, left + segment.end * width
        shape = page.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, int(start), int(top), int(max(end - start - 0.05 * _INCH, 0.1 * _INCH)), int(height)
        )
        shape.fill.solid()
        shape.fill.fore_color.rgb = _rgb(TIMES[segment.time])
        shape.line.fill.background()
        _write(shape, [segment.title, *([segment.dates] if segment.dates else [])], lang, 16, "FFFFFF", align=True)
    for number, mark in enumerate(slide.marks):
        at = left + mark.at * width
        dot = page.shapes.add_shape(
            MSO_SHAPE.OVAL, int(at - 0.1 * _INCH), int(top + height + 0.15 * _INCH), int(0.2 * _INCH), int(0.2 * _INCH)
        )
        dot.fill.solid()
        dot.fill.fore_color.rgb = _rgb(TEAL)
        dot.line.fill.background()
        wide = 1.9 * _INCH
        start = min(max(at - wide / 2, left), left + width - wide)
        label = page.shapes.add_textbox(
            int(start), int(top + height + (0.4 + 0.5 * (number % 2)) * _INCH), int(wide), int(0.45 * _INCH)
        )
        _write(label, [mark.title], lang, 14, INK)
        label.text_frame.paragraphs[0].alignment = (
            PP_ALIGN.LEFT if mark.at < 0.05 else PP_ALIGN.RIGHT if mark.at > 0.95 else PP_ALIGN.CENTER
        )


def _still(data: bytes) -> bytes:
    """Return the same archive with its times taken away."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, (2026, 1, 1, 0, 0, 0)), old.read(entry), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
