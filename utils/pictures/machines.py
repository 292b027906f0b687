"""Pictures of machines whose weights were set by hand: what they do, symbol by symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.colours import COLOURS, MUTED, PALE
from utils.pictures.plots import SIGNED, show

__all__ = ["depths", "fading", "odd_or_even", "strips"]

Array = np.ndarray


def strips(
    rows: Mapping[str, Array], symbols: Sequence[str], alt: str, units: Sequence[str] = ()
) -> None:
    """One strip of colour for each array (T, H) over the T symbols that were read.

    units: names of the H units; without them values run from -1 to 1, with them from 0 to 1.
    """
    height = 1.8 if units else 1.2
    fig, axes = plt.subplots(len(rows), 1, figsize=(10, height * len(rows)), sharex=True)
    fig.subplots_adjust(hspace=0.45 if units else 0.8)
    look = {"cmap": "cividis", "vmin": 0} if units else {"cmap": SIGNED, "vmin": -1}
    for ax, (name, values) in zip(axes, rows.items(), strict=True):
        picture = ax.imshow(values.T, aspect="auto", vmax=1, **look)
        ax.set(title=name, yticks=range(len(units)), yticklabels=units)
        ax.tick_params(length=0)
        ax.grid(False)
        fig.colorbar(picture, ax=ax, pad=0.01)
    letters = max(map(len, symbols)) == 1
    axes[-1].set(xticks=range(len(symbols)), xticklabels=list(symbols),
                 xlabel="character read" if letters else "word read")  # fmt: skip
    if not letters:
        axes[-1].tick_params(axis="x", rotation=30)
    show(fig, alt)


def depths(text: str, counted: Array, depth: Array) -> None:
    """What a counter of brackets holds after each character, and how many are open in truth."""
    fig, ax = plt.subplots(figsize=(10, 2.8))
    steps = np.arange(len(text))
    ax.bar(steps, depth, width=1, color=PALE, label="open in truth")
    ax.step(steps, counted, where="mid", color=COLOURS["cell"], label="cell state of unit 0")
    ax.set(title="How many brackets are open", ylabel="brackets", xticks=steps,
           yticks=range(int(depth.max()) + 2), xlim=(-0.7, len(text) - 0.3))  # fmt: skip
    ax.set_xticklabels(list(text), fontsize=8)
    ax.tick_params(axis="x", length=0)
    ax.grid(False)
    ax.legend(loc="upper left")
    show(
        fig,
        alt=f"Bars and a line over the {len(text)} characters of a text: the number of open "
        f"brackets, up to {depth.max():.0f}, and the cell state, never more than "
        f"{np.abs(counted - depth).max():.3f} away from it.",
    )


def fading(paths: Mapping[str, Array], depth: float) -> None:
    """Cell states (T,) that should stay at `depth`, on a logarithmic axis of time."""
    fig, ax = plt.subplots(figsize=(7.5, 3.4))
    styles = [":", "-.", "--", "-"]
    for style, (name, path) in zip(styles, paths.items(), strict=False):
        ax.semilogx(np.arange(1, len(path) + 1), path, style, color=COLOURS["cell"], label=name)
    ax.axhspan(depth - 0.25, depth + 0.25, color=PALE, zorder=0, label="within 0.25")
    ax.set(title=f"{depth:g} brackets stay open", xlabel="character", ylabel="cell state of unit 0")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    ends = ", ".join(f"{path[-1]:.2f} with {name}" for name, path in paths.items())
    show(
        fig,
        alt=f"Curves that rise to {depth:g} within ten characters. After {len(path):,} characters "
        f"they stand at {ends}.",
    )


def odd_or_even(read: Array, gates: Mapping[str, Array], c: Array) -> None:
    """Zeros and ones (T,) as they are read, the gates of unit 0, and its cell state."""
    steps = np.arange(len(read))
    fig, (above, below) = plt.subplots(2, 1, figsize=(10, 4), sharex=True)
    fig.subplots_adjust(hspace=0.5)
    for (name, values), style in zip(gates.items(), ("-", "--"), strict=True):
        above.step(steps, values, style, where="mid", color=COLOURS[name], label=f"{name} gate")
    above.set(title="Two of its gates", ylabel="gate", ylim=(-0.1, 1.1))
    above.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    odd = np.cumsum(read) % 2
    below.bar(steps, 3.0 * odd, bottom=-1.5, width=1, color=PALE, label="odd in truth")
    below.step(steps, c, where="mid", color=COLOURS["cell"], label="unit 0")
    below.axhline(0.5, color=MUTED, linewidth=1, linestyle=":")
    below.set(title="Odd or even?", ylabel="cell state", ylim=(-1.5, 1.5), xticks=steps,
              xticklabels=[f"{bit:.0f}" for bit in read], xlabel="bit read")  # fmt: skip
    below.grid(False)
    below.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    right = ((c > 0.5) == (odd == 1)).sum()
    show(
        fig,
        alt=f"Above, the {' and the '.join(gates)} gate over {len(read)} bits. Below, the cell "
        "state, which should be above 0.5 where the number of ones is odd: right at "
        f"{right} of {len(read)} bits.",
    )
