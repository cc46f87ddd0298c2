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
    _sign(deck, slides[0].title, lang)
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


_SIZES = {"large": 30, "normal": 25, "small": 21, "tiny": 16}


def _sign(deck: Any, title: str, lang: str) -> None:
    """Put the four seasons and the community's name under every slide, on the master: what people add has them too.

    The opening slide, which is the community's name, has the seasons alone.
    """
    from copy import deepcopy

    from pptx.enum.shapes import MSO_SHAPE

    page, master = deck.slides[0], deck.slide_master
    quarter = deck.slide_width // 4
    drawn = []
    for number, colour in enumerate(TIMES.values()):
        shape = page.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, number * quarter, deck.slide_height - int(0.12 * _INCH), quarter, int(0.12 * _INCH)
        )
        shape.fill.solid()
        shape.fill.fore_color.rgb = _rgb(colour)
        shape.line.fill.background()
        drawn.append(shape)
    label = page.shapes.add_textbox(int(0.6 * _INCH), int(6.92 * _INCH), int(9 * _INCH), int(0.35 * _INCH))
    _write(label, [title if len(title) <= 90 else title[:89].rstrip() + "…"], lang, 12, QUIET)
    page._element.set("showMasterSp", "0")
    for shape in drawn:
        page.shapes._spTree.append(deepcopy(shape._element))
    for number, shape in enumerate([*drawn, label]):
        shape._element.nvSpPr.cNvPr.set("id", str(900 + number))
        master.shapes._spTree.append(shape._element)


def _add(deck: Any, slide: Slide, lang: str) -> None:
    from pptx.enum.text import MSO_ANCHOR

    plain = bool(slide.segments or slide.figures)
    layout = 0 if slide.opening else 4 if slide.columns else 5 if plain else 1
    page = deck.slides.add_slide(deck.slide_layouts[layout])
    head = page.shapes.title
    bodies = [shape for shape in page.placeholders if shape.placeholder_format.idx != 0]
    if slide.opening:
        page.background.fill.solid()
        page.background.fill.fore_color.rgb = _rgb(TEAL)
        _place(head, 0.9, 1.5, 11.5, 2.2)
        _place(bodies[0], 0.9, 3.9, 10.5, 2.2)
        head.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        length = len(slide.title)
        _write(head, [slide.title], lang, 48 if length <= 50 else 38 if length <= 90 else 28, "FFFFFF", align=True)
        _write(bodies[0], [line for line in slide.lines if line], lang, 24, "FFFFFF", align=True)
    else:
        _place(head, 0.6, 0.35, 12.1, 1.1)
        head.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        _write(head, [slide.title], lang, 34 if len(slide.title) <= 60 else 24)
        _rule(page)
        size = _SIZES[slide.size]
        if slide.columns:
            places = ((0.6, 5.85), (6.85, 5.85))
            inks = (TEAL, TIMES["autumn"])
            pairs = zip(slide.columns, (bodies[0:2], bodies[2:4]), places, inks, strict=True)
            for (heading, items), (top, body), (left, width), ink in pairs:
                _place(top, left, 1.75, width, 0.6)
                _place(body, left, 2.4, width, 4.4)
                _write(top, [heading], lang, 26, ink)
                _write(body, list(items), lang, min(size, 26))
        elif slide.segments:
            _timeline(page, slide, lang)
        elif slide.figures:
            _figures(page, slide, lang)
        elif slide.statement:
            _place(bodies[0], 0.6, 2.0, 12.1, 3.6)
            bodies[0].text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
            _write(bodies[0], list(slide.lines), lang, 44 if slide.size == "large" else size, bullets=False)
            for paragraph in bodies[0].text_frame.paragraphs:
                paragraph.font.bold = True
        else:
            _place(bodies[0], 0.6, 1.8, 12.1, 5.0)
            _write(bodies[0], list(slide.lines), lang, size, details=slide.details, bullets=not slide.boxed)
    for shape in list(page.placeholders):
        # An empty placeholder would show « Cliquez pour ajouter ».
        if shape.has_text_frame and not shape.text_frame.text:
            shape._element.getparent().remove(shape._element)
    if slide.notes:
        page.notes_slide.notes_text_frame.text = slide.notes


def _place(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top, shape.width, shape.height = (int(each * _INCH) for each in (left, top, width, height))


def _rule(page: Any) -> None:
    """Draw the line under a title."""
    from pptx.enum.shapes import MSO_SHAPE

    line = page.shapes.add_shape(
        MSO_SHAPE.RECTANGLE, int(0.7 * _INCH), int(1.5 * _INCH), int(11.9 * _INCH), int(0.05 * _INCH)
    )
    line.fill.solid()
    line.fill.fore_color.rgb = _rgb(TEAL)
    line.line.fill.background()


def _figures(page: Any, slide: Slide, lang: str) -> None:
    """Write numbers as large as they deserve, side by side."""
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Pt

    count = len(slide.figures)
    wide = min((11.9 - 0.3 * (count - 1)) / count, 4.0)
    for number, (figure, what) in enumerate(slide.figures):
        shape = page.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, 1, 1)
        _place(shape, 0.7 + number * (wide + 0.3), 2.3, wide, 2.6)
        shape.fill.solid()
        shape.fill.fore_color.rgb = _rgb("FFFFFF")
        shape.line.color.rgb = _rgb("D9D5CC")
        shape.shadow.inherit = False
        shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        _write(shape, [figure, what], lang, 20, INK, align=True)
        run = shape.text_frame.paragraphs[0].runs[0]
        run.font.size, run.font.bold, run.font.color.rgb = Pt(60), True, _rgb(TEAL)


def _write(
    shape: Any,
    lines: list[str],
    lang: str,
    size: int,
    colour: str = "",
    *,
    align: bool = False,
    bullets: bool = True,
    details: tuple[str, ...] = (),
) -> None:
    from pptx.enum.text import MSO_AUTO_SIZE, PP_ALIGN
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    frame = shape.text_frame
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE if shape.is_placeholder else MSO_AUTO_SIZE.NONE
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = _run(paragraph, line, lang)
        run.font.size = Pt(size)
        if len(lines) > 1 and shape.is_placeholder:
            paragraph.space_after = Pt(size // 3)
        if align:
            paragraph.alignment = PP_ALIGN.LEFT
        if not bullets:
            properties = paragraph._p.get_or_add_pPr()
            properties.set("marL", "0")
            properties.set("indent", "0")
            properties.append(properties.makeelement(qn("a:buNone"), {}))
        if colour:
            run.font.color.rgb = _rgb(colour)
        if details and details[number]:
            paragraph.add_line_break()
            quiet = _run(paragraph, details[number], lang)
            quiet.font.size, quiet.font.color.rgb = Pt(size * 3 // 4), _rgb(QUIET)


def _run(paragraph: Any, text: str, lang: str) -> Any:
    run = paragraph.add_run()
    # Control characters cannot be written in XML.
    run.text = "".join(sign for sign in text if sign.isprintable() or sign in "\t\u00a0")
    run._r.get_or_add_rPr().set("lang", {"fr": "fr-CA"}.get(lang, "en-CA"))
    return run


def _timeline(page: Any, slide: Slide, lang: str) -> None:
    """Draw the seasons as boxes and the days as marks: shapes that a person can move."""
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.enum.text import PP_ALIGN

    left, width, top, height = 0.7 * _INCH, 11.9 * _INCH, 2.8 * _INCH, 1.5 * _INCH
    box = page.shapes.add_textbox(int(left), int(1.75 * _INCH), int(width), int(0.5 * _INCH))
    _write(box, list(slide.lines), lang, 22, QUIET)
    for segment in slide.segments:
        start, end = left + segment.start * width, left + segment.end * width
        shape = page.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, int(start), int(top), int(max(end - start - 0.05 * _INCH, 0.1 * _INCH)), int(height)
        )
        shape.fill.solid()
        shape.fill.fore_color.rgb = _rgb(TIMES[segment.time])
        shape.line.fill.background()
        room = (segment.end - segment.start) * 11.9
        size = 18 if room > 2.6 and len(segment.title) < 40 else 14 if room > 1.6 and len(segment.title) < 60 else 10
        _write(shape, [segment.title, *([segment.dates] if segment.dates else [])], lang, size, "FFFFFF", align=True)
        shape.text_frame.paragraphs[0].runs[0].font.bold = True
        shape.shadow.inherit = False
    for mark in slide.marks:
        at = left + mark.at * width
        dot = page.shapes.add_shape(
            MSO_SHAPE.OVAL, int(at - 0.1 * _INCH), int(top + height + 0.15 * _INCH), int(0.2 * _INCH), int(0.2 * _INCH)
        )
        dot.fill.solid()
        dot.fill.fore_color.rgb = _rgb(TEAL)
        dot.line.fill.background()
        wide = 3 * _INCH
        start = min(max(at - wide / 2, left), left + width - wide)
        label = page.shapes.add_textbox(
            int(start), int(top + height + (0.4 + 0.4 * mark.row) * _INCH), int(wide), int(0.45 * _INCH)
        )
        _write(label, [mark.title], lang, 16, INK)
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
