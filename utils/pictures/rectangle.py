"""The pictures of unit 18: a batch as a rectangle, what is filled in it, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.colours import COLOURS, INK, PALE, PAPER, tint
from utils.pictures.plots import show

__all__ = ["rectangle", "reported_and_true", "waste"]

Array = np.ndarray


def rectangle(words: Sequence[str], mask: Array) -> None:
    """The words as columns of a (T, N) batch: real steps in colour, the filling pale.

    mask: (T, N) of bool, True where a step is real.
    """
    T, N = mask.shape
    fig, ax = plt.subplots(figsize=(0.62 * N + 1.2, 0.42 * T + 1))
    for n, word in enumerate(words):
        for t in range(T):
            colour = tint(COLOURS["hidden"], 0.6) if mask[t, n] else PALE
            box = plt.Rectangle((n - 0.46, t - 0.44), 0.92, 0.88, color=colour)
            ax.add_patch(box)
            letter = word[t] if t < len(word) else "0"
            ax.text(n, t, letter, ha="center", va="center", color=INK)
    ax.set(xlim=(-0.6, N - 0.4), ylim=(T - 0.4, -0.6), title="A batch is a rectangle",
           xlabel="sequence n", ylabel="step t", xticks=range(N), yticks=range(T))  # fmt: skip
    ax.grid(False)
    filled = int((~mask).sum())
    show(
        fig,
        alt=f"A table of {T} steps and {N} sequences. Each column holds a word from the top, "
        f"{', '.join(words)}; below its end stand zeros, {filled} of {mask.size} places in all.",
    )


def reported_and_true(runs: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """For each way to train, the loss it reported and the loss per real character, seed by seed.

    runs: name → one (reported, true) for each seed.
    """
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 0.7 * len(runs) + 1.6), sharey=True)
    said = []
    for row, (name, pairs) in enumerate(runs.items()):
        for ax, values, part in zip(axes, np.array(pairs).T, ("x", "cell"), strict=True):
            ax.plot(values, np.full(len(values), row), "o", color=COLOURS[part], alpha=0.7)
        reported, true = np.median(np.array(pairs), axis=0)
        said.append(f"{name}: reported {reported:.2f}, true {true:.3f}")
    axes[0].set(title="Loss that was reported", xlabel="nats per counted step", xlim=(0, None))
    axes[1].set(title="Loss per real character", xlabel="nats, 500 new names")
    axes[0].set(yticks=range(len(runs)), yticklabels=list(runs), ylim=(len(runs) - 0.5, -0.5))
    show(
        fig,
        alt="Dots for each seed, left the reported loss and right the loss per real character. "
        "Medians: " + "; ".join(said) + ".",
    )


def waste(shares: Mapping[str, Mapping[str, float]]) -> None:
    """Bars of the share of steps that are filling. shares: data → way of batching → share."""
    fig, ax = plt.subplots(figsize=(8, 3.4))
    ways = list(next(iter(shares.values())))
    for k, (data, by_way) in enumerate(shares.items()):
        places = np.arange(len(ways)) + (k - 0.5) * 0.38
        part = ("x", "cell")[k % 2]
        heights = [by_way[way] for way in ways]
        ax.bar(places, heights, 0.36, color=COLOURS[part], label=data,
               hatch=("", "//")[k % 2], edgecolor=PAPER)  # fmt: skip
        for place, way in zip(places, ways, strict=True):
            ax.text(place, by_way[way], f"{by_way[way]:.0%}", ha="center", va="bottom")
    ax.set(title="Steps that are computed for nothing", ylabel="share of all steps", ylim=(0, 1.1),
           xticks=range(len(ways)), xticklabels=ways)  # fmt: skip
    ax.legend(loc="upper right")
    show(
        fig,
        alt="Bars of the share of filled steps. "
        + " ".join(
            f"{data}: " + ", ".join(f"{way} {share:.0%}" for way, share in by_way.items()) + "."
            for data, by_way in shares.items()
        ),
    )
