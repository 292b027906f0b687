"""What was expected, what came and where they differ, as three small heat maps side by side.

An SVG with a line below it, drawn in the colour of the text around it, so that it is at home in a
light and a dark theme. Blue and orange are positive and negative, and a negative entry has a bar
across it; a wrong one has a cross, the first wrong one a thick frame: nothing is said by colour
alone.
"""

from __future__ import annotations

from html import escape

import numpy as np

from utils.judging.compare import Difference
from utils.language import say

SIDE, GAP, HEAD = 18, 34, 20  # pixels: an entry, between two maps, above them
ROWS, COLUMNS = 8, 10  # of a map; a larger array is shown around its first wrong entry
LEGEND = "− is negative, × is wrong, the frame is the first wrong entry."
_POSITIVE, _NEGATIVE = "#0072B2", "#D55E00"


def heat_maps(found: Difference) -> str:
    """The HTML, or "" where there is nothing to draw: no array, or one of a single entry."""
    want, have, wrong = found.expected, found.got, found.wrong
    if wrong is None or wrong.size < 2 or want.dtype.kind not in "fiub":
        return ""
    first = tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
    flat = [np.atleast_2d(np.asarray(a)[first[:-2]]) for a in (want, have, wrong)]
    row, column = (0, first[0]) if wrong.ndim == 1 else first[-2:]
    top = _start(row, flat[0].shape[0], ROWS)
    left = _start(column, flat[0].shape[1], COLUMNS)
    window = (slice(top, top + ROWS), slice(left, left + COLUMNS))
    want, have = (a[window].astype(float) for a in flat[:2])
    wrong = flat[2][window]
    with np.errstate(all="ignore"):
        gap = np.where(wrong, have - want, 0.0)
    scale = _largest(want, have)
    width = want.shape[1] * SIDE
    mark = (row - top, column - left)
    maps = [
        (say("expected"), want, scale, None),
        (say("yours"), have, scale, None),
        (say("difference"), gap, _largest(gap), wrong),
    ]
    drawn = "".join(
        f'<g transform="translate({1 + k * (max(width, 66) + GAP)},0)">'
        f'<text x="0" y="13" font-size="12" fill="currentColor">{title}</text>'
        f"{_map(values, by, crossed, mark)}</g>"
        for k, (title, values, by, crossed) in enumerate(maps)
    )
    whole = 3 * max(width, 66) + 2 * GAP + 2
    part = f"[{', '.join([*map(str, first[:-2]), ':', ':'])}]"
    shown = f"{say(f'Shown: {part}.')} " if len(first) > 2 else ""
    height = HEAD + want.shape[0] * SIDE + 2
    label = escape(say(_told(found, first, want.shape)))
    return (
        f'<svg role="img" aria-label="{label}" width="{whole}" '
        f'height="{height}" viewBox="0 0 {whole} {height}" xmlns="http://www.w3.org/2000/svg" '
        f'style="display:block;max-width:100%;margin:.3em 0">{drawn}</svg>'
        f"<small>{shown}{say(LEGEND)}</small>"
    )


def _told(found: Difference, first: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """The picture in words."""
    where = "[" + ", ".join([*map(str, first[:-2]), *[":"] * min(len(first), 2)]) + "]"
    shown = f"{shape[0]} rows, {shape[1]} columns" if len(first) > 1 else f"{shape[1]} entries"
    part = f"{found.part}, " if found.part else ""
    return f"Expected, yours and their difference: {part}{where}, {shown} shown. {found.text}."


def _start(index: int, length: int, shown: int) -> int:
    """Where a window of `shown` entries begins that has `index` in it."""
    return max(0, min(index - shown // 2, length - shown))


def _largest(*arrays: np.ndarray) -> float:
    sizes = [np.abs(a[np.isfinite(a)]).max(initial=0.0) for a in arrays]
    return float(max(sizes)) or 1.0


def _map(values: np.ndarray, scale: float, wrong: np.ndarray | None, first: tuple[int, int]) -> str:
    parts = []
    for (r, c), value in np.ndenumerate(values):
        x, y = c * SIDE, HEAD + r * SIDE
        colour = _NEGATIVE if value < 0 else _POSITIVE
        share = abs(value) / scale if np.isfinite(value) else 0.0
        parts.append(
            f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="{colour}" '
            f'fill-opacity="{0.9 * share:.2f}" stroke="currentColor" stroke-opacity=".35"/>'
        )
        if not np.isfinite(value):
            parts.append(
                f'<text x="{x + 6}" y="{y + 13}" font-size="12" fill="currentColor">?</text>'
            )
        elif wrong is not None:
            if wrong[r, c]:
                a, b, d, e = x + 5, y + 5, x + SIDE - 5, y + SIDE - 5
                parts.append(f'<path d="M{a} {b}L{d} {e}M{d} {b}L{a} {e}" stroke="currentColor"/>')
        elif value < 0:
            parts.append(f'<path d="M{x + 5} {y + SIDE // 2}h{SIDE - 10}" stroke="currentColor"/>')
    r, c = first
    parts.append(
        f'<rect x="{c * SIDE}" y="{HEAD + r * SIDE}" width="{SIDE}" height="{SIDE}" fill="none" '
        f'stroke="currentColor" stroke-width="3"/>'
    )
    return "".join(parts)
