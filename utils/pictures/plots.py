"""One look for every plot of the course, and a way to show a plot that screen readers can read."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython.display import display
from matplotlib.axis import Axis
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogFormatterSciNotation, NullLocator

from utils.pictures.colours import COLOURS, INK, PALE, PAPER
from utils.pictures.svg import num
from utils.pictures.themes import Picture, in_both_themes

__all__ = ["COLOURS", "SIGNED", "course_style", "picture_of", "show"]

# Heat maps from -1, orange, to 1, violet. Nothing is drawn at 0: the ground shows, light or dark.
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [(0, "#D95F02"), (0.5, "#D95F0200"), (0.5, "#8569C500"), (1, "#8569C5")]
)

MANY = 200  # dots, above which they are written more briefly
DPI = 120  # pixels of a picture for each inch of its figure, and those of heat maps

_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_TAG = re.compile(r"<[^>]*>")
_STYLED = re.compile(r'style="([^"]*)"')
_LEFT_OUT = re.compile(
    r'<!--.*?-->| id="(?:figure|axes|patch|text|line2d|matplotlib|xtick|ytick|legend|image)[^"]*"'
    r'| transform="rotate\(-0 [^"]*"| font-family="[^"]*"'
)
_LONG = re.compile(r"\d+\.\d{3,}")
_DOT = re.compile(r"M ([\d.]+ [\d.]+)(?:L\1)? ?(?=[M\"])")  # a stroke of no length
_BETWEEN = re.compile(r">\s+<")
# the font that Matplotlib measured with, then one of nearly the same widths on other systems
FONTS = "'DejaVu Sans',Verdana,sans-serif"

_STYLE: dict[str, Any] = {
    # DejaVu comes with Matplotlib, which measures words by it; σ, ⊙ and − are all in it.
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "axes.labelsize": 11,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "patch.edgecolor": INK,
    "hatch.color": PAPER,
    "axes.prop_cycle": cycler(color=list(COLOURS.values())),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.title_fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "lines.markersize": 7,
    "image.cmap": "cividis",
    "figure.figsize": (7.5, 3.8),
    "figure.dpi": 100,
    "figure.subplot.wspace": 0.3,
    "figure.subplot.hspace": 0.35,
    # the ground is what `picture_of` lays under it
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def course_style() -> None:
    """Draw from now on in the course's style. (`matplotlib.rc_context()` keeps it to a block.)"""
    plt.style.use(_STYLE)


def picture_of(fig: Figure, alt: str, whole: bool = False) -> Picture:
    """`fig` as a picture with alt text. Closes the figure. An empty `alt` is a ValueError.

    The picture is cut to what is drawn, and what stands beyond the figure is in it. whole: the
    figure as it is, for a series of pictures that must all have one size. Heat maps are pixels,
    all else is SVG that follows the page's theme: see `utils.pictures.themes`.
    """
    plt.close(fig)
    if not alt.strip():
        raise ValueError("alt is empty: say what the plot shows to somebody who cannot see it")
    for ax in fig.axes:
        _label_powers(ax.xaxis)
        _label_powers(ax.yaxis)
        for drawn in ax.collections:
            if isinstance(drawn, QuadMesh):
                drawn.set_rasterized(True)
        for line in ax.lines:
            if np.size(line.get_xdata()) > MANY and line.get_marker() in (".", "o"):
                _as_strokes(line)
    written = io.StringIO()
    # letters stay letters; and without date, version and chance the same plot is the same bytes
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "course"}):
        fig.savefig(
            written,
            format="svg",
            dpi=DPI,
            facecolor="none",
            bbox_inches=None if whole else "tight",
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    return Picture(in_both_themes(_light(written.getvalue(), alt)), alt)


def _as_strokes(line: Line2D) -> None:
    """Dots as strokes of no length with round ends: a fifth of the characters of markers."""
    if line.get_linestyle() != "None":
        return
    x, y = (np.asarray(values, dtype=float) for values in line.get_data())
    line.set_data(np.stack([x, x, x + np.nan], 1).ravel(), np.stack([y, y, y + np.nan], 1).ravel())
    size = line.get_markersize() * (0.5 if line.get_marker() == "." else 1)
    line.set(marker="None", linestyle="-", linewidth=size, solid_capstyle="round")


def _light(svg: str, alt: str) -> str:
    """Matplotlib's SVG on paper of its own, its colours as attributes, in half the characters."""
    width, height = map(float, _SIZE.search(svg).groups())  # type: ignore[union-attr]
    # without its first <defs>: a style for all elements, which would win over attributes
    body = svg[svg.index("</defs>") + len("</defs>") :]
    page = f'viewBox="0 0 {num(width)} {num(height)}"'
    page += f' width="{num(width * DPI / 72)}" height="{num(height * DPI / 72)}"'
    paper = f'<rect width="{num(width)}" height="{num(height)}" rx="5" fill="{PAPER}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {page} font-family="{FONTS}"'
        ' stroke-linejoin="round" xml:space="preserve">'
        f"<title>{html.escape(alt)}</title>{paper}{_BETWEEN.sub('><', _TAG.sub(_short, body))}"
    )


def _short(tag: re.Match[str]) -> str:
    """A tag without what no browser needs."""
    words = _STYLED.sub(lambda style: " ".join(_attributes(style[1])), tag[0])
    words = words.replace("xlink:href", "href").replace("\n", "").replace(" L ", "L")
    words = _LONG.sub(lambda number: num(float(number[0])), _LEFT_OUT.sub("", words))
    return _DOT.sub(r"M\1h0", words) if 'linecap="round"' in words else words


def _attributes(style: str) -> Iterator[str]:
    """`fill: none; stroke: #1d2733` as the attributes fill="none" and stroke="#1D2733"."""
    for part in style.split("; "):
        name, _, value = part.partition(": ")
        yield f'{name}="{value.upper() if value.startswith("#") else value}"'


class _Plain(LogFormatterSciNotation):
    """1.48 where Matplotlib would write 1.48 × 10⁰: short enough for the margin."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


def _label_powers(axis: Axis) -> None:
    """10⁻³ in letters, 0.03 in digits: Matplotlib would typeset each label as a formula."""
    if axis.get_scale() != "log" or type(axis.get_major_formatter()) is not LogFormatterSciNotation:
        return  # somebody has said otherwise
    low, high = np.log10(axis.get_view_interval())
    if abs(high - low) < 2:  # the ticks between have labels as well
        axis.set_major_formatter(_Plain())
        axis.set_minor_formatter(_Plain(minor_thresholds=(2, 0.4)))
    else:
        raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
        axis.set_major_formatter(
            FuncFormatter(lambda value, _: "10" + str(round(np.log10(value))).translate(raised))
        )
        axis.set_minor_locator(NullLocator())


def show(fig: Figure, alt: str) -> None:
    """Display `fig` with `alt` as its text, once: the figure is closed. See `picture_of`."""
    display(picture_of(fig, alt))
