"""One look for every plot of the course, and a way to show a plot that screen readers can read."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython.display import display
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.ticker import FuncFormatter, LogFormatterSciNotation, NullLocator
from matplotlib.transforms import Bbox

from utils.pictures.colours import COLOURS, INK, PALE

__all__ = ["COLOURS", "Shown", "course_style", "picture_of", "show"]

DPI = 120  # dots per inch of a picture
BEYOND = 1, 5  # inches around a figure that are looked at as well, and where that is too little

_STYLE: dict[str, Any] = {
    # DejaVu comes with Matplotlib: the same picture on every system, and σ, ⊙, − are all in it.
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "axes.labelsize": 11,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
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
    # Opaque white: the axis labels stay legible when the notebook's own background is dark.
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
}


def course_style() -> None:
    """Draw from now on in the course's style. (`matplotlib.rc_context()` keeps it to a block.)"""
    plt.style.use(_STYLE)


@dataclass(frozen=True)
class Shown:
    """A finished plot: PNG bytes and the text for those who cannot see them."""

    png: bytes
    alt: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        data = base64.b64encode(self.png).decode("ascii")
        image = (
            f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{data}" '
            'style="max-width:100%;height:auto;background:white;border-radius:6px">'
        )
        return {"text/html": image, "text/plain": self.alt}


def picture_of(fig: Figure, alt: str, whole: bool = False) -> Shown:
    """`fig` as a picture with alt text. Closes the figure. An empty `alt` is a ValueError.

    The picture is cut to what is drawn, and what stands beyond the figure is in it. whole: the
    figure as it is, for a series of pictures that must all have one size.
    """
    plt.close(fig)
    if not alt.strip():
        raise ValueError("alt is empty: say what the plot shows to somebody who cannot see it")
    for ax in fig.axes:
        _label_powers(ax.xaxis)
        _label_powers(ax.yaxis)
    buffer = io.BytesIO()
    imsave(
        buffer,
        _drawn(fig, 0) if whole else _cut(fig),
        format="png",
        # without the software's version the same plot gives the same bytes everywhere
        metadata={"Software": None},  # type: ignore[dict-item]
        pil_kwargs={"compress_level": 4},  # half the time of the default for 1 % more bytes
    )
    return Shown(buffer.getvalue(), alt)


def _drawn(fig: Figure, beyond: int) -> np.ndarray:
    """The figure with so many inches around it as (rows, columns, 4) bytes: drawn once.

    Matplotlib's own "tight" lays everything out once more to find the edges.
    """
    width, height = fig.get_size_inches()
    page = Bbox.from_extents(-beyond, -beyond, width + beyond, height + beyond)
    buffer = io.BytesIO()
    fig.savefig(buffer, format="rgba", dpi=DPI, bbox_inches=page)
    columns = int((width + 2 * beyond) * DPI + 1e-6)
    return np.frombuffer(buffer.getbuffer(), np.uint8).reshape(-1, columns, 4)


def _cut(fig: Figure) -> np.ndarray:
    """The figure, with all that stands beyond it, cut to what is drawn and a margin."""
    for beyond in BEYOND:
        pixels = _drawn(fig, beyond)
        colours = pixels.view(np.uint32)[:, :, 0]
        inked = colours != colours[0, 0]
        rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
        if not len(rows):
            return pixels
        margin = round(plt.rcParams["savefig.pad_inches"] * DPI)
        top, left = rows[0] - margin, columns[0] - margin
        bottom, right = rows[-1] + margin + 1, columns[-1] + margin + 1
        if min(top, left) >= 0 and bottom <= len(pixels) and right <= pixels.shape[1]:
            break
    return pixels[max(0, top) : bottom, max(0, left) : right]


def _label_powers(axis: Axis) -> None:
    """10⁻³ in letters: Matplotlib would typeset each label as a formula, and add ticks between."""
    if axis.get_scale() != "log" or type(axis.get_major_formatter()) is not LogFormatterSciNotation:
        return  # somebody has said otherwise
    low, high = np.log10(axis.get_view_interval())
    if abs(high - low) >= 2:  # else the ticks between have labels as well
        raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
        axis.set_major_formatter(
            FuncFormatter(lambda value, _: "10" + str(round(np.log10(value))).translate(raised))
        )
        axis.set_minor_locator(NullLocator())


def show(fig: Figure, alt: str) -> None:
    """Display `fig` with `alt` as its text, once: the figure is closed. See `picture_of`."""
    display(picture_of(fig, alt))
