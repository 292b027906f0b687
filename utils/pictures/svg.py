"""Pictures written by hand as SVG: crisp at any size, drawn within a millisecond, readable aloud.

Nothing here uses an id, so any number of pictures may stand in one page. Numbers are rounded to
two digits: the same picture is the same bytes on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from utils.pictures.colours import INK, PALE, PAPER
from utils.pictures.themes import Picture, in_both_themes

SANS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
SERIF = "'STIX Two Text', Georgia, 'Times New Roman', 'Liberation Serif', 'DejaVu Serif', serif"

Point = tuple[float, float]


def picture(width: float, height: float, title: str, alt: str, parts: Iterable[str]) -> Picture:
    """The parts on a rounded ground of their own, light or dark as the page is."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {num(width)} '
        f'{num(height)}" width="{num(width)}" height="{num(height)}" '
        f'font-family="{SANS}" style="max-width:100%;height:auto">'
    )
    background = rect(0.5, 0.5, width - 1, height - 1, fill=PAPER, stroke=PALE, r=14)
    about = f"<title>{escape(title)}</title>\n<desc>{escape(alt)}</desc>"
    drawn = "\n".join([head, about, background, *parts, "</svg>"]) + "\n"
    return Picture(in_both_themes(drawn), alt)


def num(value: float) -> str:
    """A coordinate: at most two decimals, no trailing zeros, no minus zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def shown(value: float, digits: int = 2) -> str:
    """A number as people read it: fixed decimals and a true minus sign, never minus zero."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str,
    stroke: str = "none",
    r: float = 0,
    stroke_width: float = 1,
) -> str:
    """A rectangle with corners of radius r."""
    return (
        f'<rect x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}" '
        f'rx="{num(r)}" fill="{fill}" stroke="{stroke}" stroke-width="{num(stroke_width)}"/>'
    )


def circle(x: float, y: float, r: float, fill: str, stroke: str = "none", width: float = 1) -> str:
    """A circle around (x, y)."""
    return (
        f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="{num(width)}"/>'
    )


def line(points: Sequence[Point], stroke: str, width: float, dash: str = "", r: float = 0) -> str:
    """A polyline; corners are rounded with radius r. dash: as in stroke-dasharray."""
    path = f"M{num(points[0][0])} {num(points[0][1])}"
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        if r:
            start, end = _towards(here, before, r), _towards(here, after, r)
            path += f"L{num(start[0])} {num(start[1])}Q{num(here[0])} {num(here[1])} "
            path += f"{num(end[0])} {num(end[1])}"
        else:
            path += f"L{num(here[0])} {num(here[1])}"
    path += f"L{num(points[-1][0])} {num(points[-1][1])}"
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{num(width)}" '
        f'stroke-linejoin="round"{dashes}/>'
    )


def arrow(points: Sequence[Point], stroke: str, width: float, r: float = 10) -> str:
    """A line that ends in a filled head whose tip is the last point."""
    (x, y), before = points[-1], points[-2]
    length = math.dist((x, y), before)
    along = ((x - before[0]) / length, (y - before[1]) / length)
    size, half = 7 + 1.6 * width, 3 + 0.95 * width
    base = (x - size * along[0], y - size * along[1])
    notch = (x - 0.75 * size * along[0], y - 0.75 * size * along[1])
    corners = [
        (x, y),
        (base[0] - half * along[1], base[1] + half * along[0]),
        notch,
        (base[0] + half * along[1], base[1] - half * along[0]),
    ]
    path = "M" + "L".join(f"{num(a)} {num(b)}" for a, b in corners) + "Z"
    return line([*points[:-1], notch], stroke, width, r=r) + f'<path d="{path}" fill="{stroke}"/>'


def text(
    x: float,
    y: float,
    words: str,
    size: float = 13,
    fill: str = INK,
    anchor: str = "middle",
    bold: bool = False,
    turned: bool = False,
) -> str:
    """A line of text, y at its baseline; turned: upwards along a vertical axis."""
    weight = ' font-weight="bold"' if bold else ""
    turn = f' transform="rotate(-90 {num(x)} {num(y)})"' if turned else ""
    return (
        f'<text x="{num(x)}" y="{num(y)}" font-size="{num(size)}" fill="{fill}" '
        f'text-anchor="{anchor}"{weight}{turn}>{escape(words)}</text>'
    )


def symbol(x: float, y: float, base: str, sub: str, size: float, fill: str = INK) -> str:
    """A mathematical symbol with its subscript, like c with t−1, centred at x, baseline at y."""
    return (
        f'<text x="{num(x)}" y="{num(y)}" font-family="{SERIF}" font-size="{num(size)}" '
        f'font-style="italic" fill="{fill}" text-anchor="middle">{escape(base)}'
        f'<tspan dy="{num(0.22 * size)}" dx="1" font-size="{num(0.68 * size)}">{escape(sub)}'
        "</tspan></text>"
    )


def _towards(start: Point, end: Point, distance: float) -> Point:
    """The point `distance` from start on the way to end, at most half way."""
    share = min(0.5, distance / math.dist(start, end))
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
