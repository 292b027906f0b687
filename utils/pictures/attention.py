"""Pictures of an encoder-decoder and of where its attention goes (unit 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from utils.pictures.colours import COLOURS, INK, MUTED, tint
from utils.pictures.plots import show
from utils.pictures.svg import arrow, line, picture, rect, text
from utils.pictures.themes import Picture

__all__ = ["bands", "encoder_decoder", "weights_picture"]

Array = np.ndarray
_LINES = (("cell", "-", "o"), ("forget", "--", "s"), ("candidate", ":", "^"), ("output", "-.", "D"))


def encoder_decoder() -> Picture:
    """Four letters are read, then written backwards; the second step of the writer looks back."""
    parts, top, bottom, read, wrote = [], 92, 232, "abcd", "dcba"
    weights = (0.05, 0.1, 0.75, 0.1)
    xs = [90 + 92 * k for k in range(8)]
    context = (xs[5], top - 10)
    for k, x in enumerate(xs):
        reads = k < 4
        colour = COLOURS["cell"] if reads else COLOURS["forget"]
        above = bottom - 46
        parts.append(rect(x - 32, above, 64, 44, tint(colour, 0.16), colour, 8))
        parts.append(text(x, above + 28, "LSTM", 14, INK))
        below = read[k] if reads else ("^" + wrote)[k - 4]
        parts.append(text(x, bottom + 52, below, 17, INK))
        parts.append(arrow([(x, bottom + 34), (x, bottom + 2)], MUTED, 1.8))
        if k < 7:
            parts.append(arrow([(x + 32, above + 22), (x + 58, above + 22)], INK, 2))
        if not reads:
            parts.append(text(x, top - 42 if k != 5 else 28, wrote[k - 4], 17, INK))
            end = top - 34 if k != 5 else 36
            start = above if k != 5 else context[1] - 14
            parts.append(arrow([(x, start), (x, end)], MUTED, 1.8))
    for k, weight in enumerate(weights):
        parts.append(line([(xs[k], bottom - 48), (context[0] - 44, context[1])],
                          COLOURS["candidate"], 1 + 8 * weight))  # fmt: skip
    parts.append(rect(context[0] - 44, context[1] - 14, 88, 28,
                      tint(COLOURS["candidate"], 0.3), COLOURS["candidate"], 8))  # fmt: skip
    parts.append(text(context[0], context[1] + 5, "attention", 13, INK))
    parts.append(arrow([(xs[5], bottom - 46), (xs[5], context[1] + 14)], MUTED, 1.8))
    parts.append(text(xs[1] + 46, bottom + 84, "the encoder reads", 14, COLOURS["cell"]))
    parts.append(text(xs[5] + 46, bottom + 84, "the decoder writes", 14, COLOURS["forget"]))
    alt = (
        "Eight LSTM steps in a row. The first four, the encoder, read a, b, c, d. Their last "
        "state is handed to the other four, the decoder, which reads the start symbol and then "
        "its own letters, and writes d, c, b, a. Above the decoder's second step stands a box, "
        "attention: lines come to it from all four steps of the encoder, a thick one from c, thin "
        "ones from the others."
    )
    return picture(830, bottom + 106, "An encoder-decoder with attention", alt, parts)


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
