"""Small charts as SVG of our own: no library, no style attribute, no script; a table always says the same.

What a colour says, a place, a lightness and a number say too: the charts are read in grey, in the dark, and at 320 px.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 320
_LABEL, _BAR, _GAP, _TOP, _TEXT = 66, 22, 8, 4, 12
"""In units of the view box: width of the labels, height of a bar, space between bars, above the first; letter height."""
_DIGIT = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a chart: what a survey says.

    Attributes:
        label: short date of the survey.
        counts: answers by choice; empty when the group was too small.
        hidden: answers behind the choices that are not in ``counts``.
    """

    label: str
    counts: Mapping[str, int]
    hidden: int = 0


def diverging(
    bars: Sequence[Bar], *, name: str, title: str, description: str, scale: tuple[float, float], none: str
) -> Markup:
    """Return diverging bars: « yes » to the right of a line, « no » to its left, one bar a survey.

    Args:
        bars: oldest first; choices are met, partly, not, gone.
        name: unique on the page.
        title: of the chart.
        description: what it shows, for those who do not see it.
        scale: largest parts on the left and on the right, shared by the charts of a page.
        none: said in place of a bar whose group was too small.
    """
    height = _TOP * 2 + len(bars) * (_BAR + _GAP) - _GAP
    unit = (WIDTH - _LABEL - 2) / sum(scale)
    middle = _LABEL + scale[0] * unit
    parts = [
        Markup(
            '<svg class="cdp-chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title>'
            '<desc id="{}-d">{}</desc>'
        ).format(WIDTH, height, name, name, name, title, name, description)
    ]
    for index, bar in enumerate(bars):
        y = _TOP + index * (_BAR + _GAP)
        parts.append(_text("cdp-chart__label", 0, y, bar.label))
        total = sum(bar.counts.values()) + bar.hidden
        if not total:
            parts.append(_text("cdp-chart__none", _LABEL + 4, y, none))
            continue
        widths = {code: count / total * unit for code, count in bar.counts.items()}
        # What is hidden may be a yes or a no: it stands across the line.
        half = bar.hidden / total * unit / 2
        left, right = middle - half, middle + half
        parts.append(_segment("hidden", left, y, right - left, bar.hidden))
        for code in ("not", "gone"):
            if code not in widths:
                continue
            left -= widths[code]
            parts.append(_segment(code, left, y, widths[code], bar.counts[code]))
        for code in ("met", "partly"):
            if code not in widths:
                continue
            parts.append(_segment(code, right, y, widths[code], bar.counts[code]))
            right += widths[code]
    axis = Markup('<path class="cdp-chart__axis" d="M{:.1f} 0V{}"/></svg>').format(middle, height)
    return Markup("").join([*parts, axis])


def _segment(code: str, x: float, y: float, width: float, count: int) -> Markup:
    """Return one part of a bar, with its number where there is room."""
    if not count:
        return Markup("")
    box = Markup('<rect class="cdp-chart__{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
        code, x + 0.5, y, max(0.5, width - 1), _BAR
    )
    if width < _DIGIT * len(str(count)) + 4:
        return box
    return box + Markup(
        '<text class="cdp-chart__n cdp-chart__n--{}" x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
    ).format(code, x + width * (0.75 if code == "hidden" else 0.5), y + _BAR / 2 + _TEXT / 3, count)


def _text(kind: str, x: float, y: float, words: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, x, y + _BAR / 2 + _TEXT / 3, escape(words))
