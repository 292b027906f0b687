"""Plots of where an encoder-decoder's attention goes, and of what it gets right (unit 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from utils.pictures.colours import COLOURS
from utils.pictures.plots import show

__all__ = ["bands", "weights_picture"]

Array = np.ndarray
_LINES = (("cell", "-", "o"), ("forget", "--", "s"), ("candidate", ":", "^"), ("output", "-.", "D"))


def bands(ax: Axes, x: Sequence[float], curves: Mapping[str, Array], label: bool = True) -> None:
    """For each name a line of medians with a band from the smallest to the largest.

    curves: name → (seeds, len(x)).
    """
    for (name, values), (part, style, marker) in zip(curves.items(), _LINES, strict=False):
        colour = COLOURS[part]
        ax.fill_between(x, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2)
        ax.plot(x, np.median(values, axis=0), linestyle=style, marker=marker, markersize=5,
                color=colour, label=name if label else None)  # fmt: skip


def weights_picture(each: Sequence[tuple[Array, str, str]], title: str) -> None:
    """Heat maps of attention. each: weights (S, T), the T characters read, the S written."""
    widths = [max(3.0, len(read)) for _, read, _ in each]
    fig, axes = plt.subplots(1, len(each), figsize=(11, 4), width_ratios=widths, squeeze=False)
    told = []
    for ax, (weights, read, written) in zip(axes[0], each, strict=True):
        picture = ax.imshow(weights, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        letters = list(read.replace(" ", "␣"))
        ax.set(xticks=range(len(read)), xticklabels=letters, xlabel="character read",
               yticks=range(len(written)), yticklabels=list(written))  # fmt: skip
        ax.grid(False)
        most = weights.argmax(axis=1)
        told.append(
            f"{read!r} to {written!r}: most weight lies, step by step, on the places "
            + ", ".join(str(place + 1) for place in most)
        )
    axes[0][0].set_ylabel("character written")
    fig.suptitle(title, fontweight="bold")
    fig.colorbar(picture, ax=axes[0], label="weight", pad=0.02)
    show(fig, alt=f"{title}. " + ". ".join(told) + ".")
