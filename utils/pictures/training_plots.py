"""What unit 12 draws beside its loss curves: a task, the gradient's length, a unit, a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.colours import COLOURS, INK
from utils.pictures.plots import show

__all__ = [
    "show_adding",
    "show_memory",
    "show_norms",
    "show_stop",
    "show_sweep",
]

Array = np.ndarray


def show_adding(values: Array, marks: Array) -> None:
    """One sequence of the adding problem: numbers (T,) and markers (T,)."""
    marked = np.flatnonzero(marks == 1)
    fig, axes = plt.subplots(2, 1, figsize=(8, 3.6), sharex=True, height_ratios=(2, 1))
    axes[0].bar(range(len(values)), values, color=COLOURS["x"])
    axes[0].bar(marked, values[marked], color=COLOURS["forget"])
    axes[0].set(title="One sequence of the adding problem", ylabel="number")
    axes[1].stem(marks, linefmt=COLOURS["cell"], basefmt=" ")
    axes[1].set(ylabel="marker", xlabel="step", yticks=(-1, 0, 1), ylim=(-1.4, 1.4))
    show(
        fig,
        alt=f"{len(values)} random numbers between -1 and 1 above, the marker below: 1 at steps "
        f"{' and '.join(map(str, marked))}, -1 at the first and last step, else 0.",
    )


def show_norms(norms: Mapping[str, Array], max_norm: float) -> None:
    """The length of the gradient before clipping at every update, and the share above max_norm.

    norms: by name of the run, (updates,) each.
    """
    fig, axes = plt.subplots(
        1, len(norms), figsize=(4.6 * len(norms), 3.2), sharey=True, squeeze=False
    )
    fig.subplots_adjust(wspace=0.08)
    said = []
    for ax, (name, norm) in zip(axes[0], norms.items(), strict=True):
        share = np.mean(norm > max_norm)
        update = np.arange(1, len(norm) + 1)
        for cut, colour in ((norm > max_norm, "forget"), (norm <= max_norm, "cell")):
            ax.plot(update[cut], norm[cut], ".", ms=3, color=COLOURS[colour])
        ax.axhline(max_norm, color=INK, lw=1, ls="--")
        ax.set(title=f"{name}: {share:.1%} above {max_norm:g}", xlabel="update", yscale="log")
        said.append(
            f"{name}: median {np.median(norm):.2g}, longest {norm.max():.2g}, "
            f"{share:.1%} above {max_norm:g}"
        )
    axes[0, 0].set_ylabel("gradient's norm before clipping")
    show(
        fig,
        alt=f"Length of the gradient at every update, with a line at max_norm = {max_norm:g}. "
        + "; ".join(said)
        + ".",
    )
    print("\n".join(said))


def show_memory(unit: int, gate: Array, memory: Array, marks: Array) -> None:
    """Input gate (T,) and cell state (T,) of one unit over a sequence of the adding problem."""
    fig, axes = plt.subplots(2, 1, figsize=(8, 4), sharex=True)
    axes[0].plot(gate, color=COLOURS["input"])
    axes[0].set(title=f"Unit {unit} of your LSTM", ylabel="input gate", ylim=(-0.02, 1.02))
    axes[1].plot(memory, color=COLOURS["cell"])
    axes[1].set(ylabel="cell state", xlabel="step")
    for ax in axes:
        for step in np.flatnonzero(marks == 1):
            ax.axvline(step, color=COLOURS["wrong"], lw=1, ls=":")
    show(
        fig,
        alt=f"Input gate and cell state of one unit over {len(gate)} steps; dotted lines at the "
        f"two marked steps. The input gate is {gate[marks == 1].mean():.2f} there and "
        f"{gate[marks != 1].mean():.2f} on average elsewhere.",
    )


def show_sweep(seen: Mapping[int, int], solved: Mapping[int, bool]) -> None:
    """Sequences seen until temporal order was solved, or until the budget ended, by forget bias."""
    fig, ax = plt.subplots(figsize=(7.5, 3.4))
    colours = [COLOURS["cell" if solved[bias] else "x"] for bias in seen]
    bars = ax.bar([str(bias) for bias in seen], list(seen.values()), color=colours)
    words = {bias: "solved" if solved[bias] else "not solved" for bias in seen}
    ax.bar_label(bars, list(words.values()))
    ax.set(
        title="Temporal order and the forget bias",
        xlabel="forget bias at the start",
        ylabel="sequences seen",
        ylim=(0, 1.15 * max(seen.values())),
    )
    show(
        fig,
        alt="Sequences seen until temporal order was solved, by forget bias: "
        + "; ".join(f"{bias}: {seen[bias]:,} {words[bias]}" for bias in seen)
        + ".",
    )


def show_stop(updates: Sequence[int], train: Array, validation: Array, best: int) -> None:
    """Training and validation loss (n,), measured after these updates, and where the best was."""
    fig, ax = plt.subplots(figsize=(7.5, 3.6))
    ax.plot(updates, train, color=COLOURS["hidden"], label="training part")
    ax.plot(updates, validation, "--", color=COLOURS["candidate"], label="validation part")
    ax.plot(updates[best], validation[best], "o", color=COLOURS["wrong"], label="kept")
    ax.set(title="Fifty names, learned by heart", xlabel="updates", ylabel="nats per character")
    ax.legend()
    show(
        fig,
        alt="Loss of both parts on the way. That of the training part falls to "
        f"{train[-1]:.2f} nats. That of the validation part is lowest, "
        f"{validation[best]:.2f}, after {updates[best]} "
        f"updates, and {validation[-1]:.2f} at the end.",
    )
