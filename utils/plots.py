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
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.ticker import FuncFormatter, LogFormatterSciNotation, NullLocator

from utils.colours import COLOURS, INK, PALE

__all__ = ["COLOURS", "Shown", "course_style", "picture_of", "show"]

DPI = 120  # dots per inch of a picture

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


def picture_of(fig: Figure, alt: str) -> Shown:
    """`fig` as a picture with alt text. Closes the figure. An empty `alt` is a ValueError."""
    plt.close(fig)
    if not alt.strip():
        raise ValueError("alt is empty: say what the plot shows to somebody who cannot see it")
    for ax in fig.axes:
        _label_powers(ax.xaxis)
        _label_powers(ax.yaxis)
    buffer = io.BytesIO()
    fig.savefig(
        buffer,
        format="png",
        dpi=DPI,
        bbox_inches=_edges(fig),
        # without the software's version the same plot gives the same bytes everywhere
        metadata={"Software": None},
        pil_kwargs={"compress_level": 4},  # half the time of the default for 1 % more bytes
    )
    return Shown(buffer.getvalue(), alt)


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


def _edges(fig: Figure) -> Any:
    """What "tight" cuts a picture to, without laying the whole figure out once more for it."""
    if isinstance(fig.get_layout_engine(), PlaceHolderLayoutEngine):  # tight_layout() was called
        fig.set_layout_engine(None)
        return None  # all there is lies within the figure
    if fig.get_layout_engine() is not None:  # it moves things while it draws
        return "tight"
    fig.set_dpi(DPI)
    renderer = FigureCanvasAgg(fig).get_renderer()
    return fig.get_tightbbox(renderer).padded(plt.rcParams["savefig.pad_inches"])


def show(fig: Figure, alt: str) -> None:
    """Display `fig` with `alt` as its text, once: the figure is closed. See `picture_of`."""
    display(picture_of(fig, alt))
