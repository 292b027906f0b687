"""The pictures of unit 17: weights packed for PyTorch, and what comes of packing them wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb

from utils.pictures.colours import COLOURS, INK
from utils.pictures.plots import show

__all__ = ["bar_of_orders", "learning_curves", "packing", "twins"]

Array = np.ndarray
GATES = {"i": "input", "f": "forget", "g": "candidate", "o": "output"}  # in PyTorch's order


def packing(params: Mapping[str, Array], kind: str = "U") -> None:
    """U_i … U_o (D, H) as they lie in this course, and the one array that PyTorch packs of them.

    kind: "U" or "W". Each gate has its colour; the clearer an entry, the larger its weight.
    """
    rows, columns = params[f"{kind}_i"].shape
    widths = [1, 1, 1, 1, 1.6]
    fig, axes = plt.subplots(1, 5, figsize=(9.5, 4.2), width_ratios=widths)
    for ax, (gate, colour) in zip(axes, GATES.items(), strict=False):
        ax.imshow(_tinted(params[f"{kind}_{gate}"], colour))
        ax.set(title=f"{kind}_{gate}", xlabel=f"{columns} units")
    axes[0].set_ylabel(f"{rows} inputs" if kind == "U" else f"{rows} units")
    stacked = [_tinted(params[f"{kind}_{gate}"].T, colour) for gate, colour in GATES.items()]
    name = {"U": "weight_ih_l0", "W": "weight_hh_l0"}[kind]
    axes[4].imshow(np.concatenate(stacked))
    axes[4].set(title=name, xlabel=f"{rows} inputs" if kind == "U" else f"{rows} units")
    axes[4].set_ylabel(f"4 · {columns} rows", labelpad=2)
    for k, gate in enumerate(GATES):
        middle = (k + 0.5) * columns - 0.5
        axes[4].text(rows - 0.2, middle, gate, va="center", fontweight="bold", color=INK)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
    show(
        fig,
        alt=f"Four matrices {kind}_i, {kind}_f, {kind}_g, {kind}_o of {rows} rows and {columns} "
        f"columns, and beside them one tall matrix {name} of {4 * columns} rows: each of the four "
        "is turned on its side and laid below the one before, in the order i, f, g, o.",
    )


def _tinted(values: Array, part: str) -> Array:
    """(rows, columns, 4) in [0, 1]: a part's colour, the clearer the larger |value|."""
    share = np.abs(values) / np.abs(values).max()
    colour = np.broadcast_to(to_rgb(COLOURS[part]), (*values.shape, 3))
    return np.dstack([colour, 0.15 + 0.85 * share])


def bar_of_orders(losses: Mapping[str, float], right: str, chance: float) -> None:
    """A bar for each order of gates: nats per character of the network that comes of it.

    losses: order ("ifgo", …) → loss. right: the order that PyTorch has. chance: the loss of a
    network that knows nothing.
    """
    order = sorted(losses, key=lambda name: losses[name])
    colours = [COLOURS["input"] if name == right else COLOURS["x"] for name in order]
    fig, ax = plt.subplots(figsize=(9, 3.6))
    ax.bar(range(len(order)), [losses[name] for name in order], color=colours)
    ax.text(order.index(right), losses[right], "right", ha="center", va="bottom", weight="bold")
    ax.axhline(chance, color=COLOURS["wrong"], linewidth=1)
    ax.text(-0.4, chance, "guessing", ha="left", va="bottom")
    ax.set(title="The same trained weights, unpacked in 24 orders", ylabel="nats per character",
           xlabel="order in which the four blocks were read", xticks=range(len(order)))  # fmt: skip
    ax.set_xticklabels(order, rotation=90, family="monospace")
    worse = [losses[name] for name in order if name != right]
    show(
        fig,
        alt=f"24 bars. The order {right} gives {losses[right]:.2f} nats per character; the other "
        f"23 lie between {min(worse):.2f} and {max(worse):.2f}. Guessing is {chance:.2f}.",
    )


def twins(own: Array, one_bias: Array, both_biases: Array, T: int) -> None:
    """Losses of one run by the learner's code and by PyTorch, and how far they are apart.

    own: (n,), the others at least that long: the loss before each update, summed over T steps.
    """
    n = len(own)
    update = np.arange(1, n + 1)
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.6))
    axes[0].plot(update, own / T, color=COLOURS["cell"], linewidth=4, alpha=0.6, label="yours")
    axes[0].plot(update, one_bias[:n] / T, "--", color=COLOURS["wrong"], linewidth=1.2,
                 label="PyTorch, one bias trained")  # fmt: skip
    axes[0].plot(update, both_biases[:n] / T, color=COLOURS["forget"], linewidth=1.2,
                 label="PyTorch, both trained")  # fmt: skip
    axes[0].set(title="Loss", xlabel="update", ylabel="nats per character")
    axes[0].legend(loc="upper right")
    gaps = {}
    for name, theirs, part in (("one bias trained", one_bias, "wrong"),
                               ("both biases trained", both_biases, "forget")):  # fmt: skip
        gaps[name] = np.abs(theirs[:n] / own - 1)
        axes[1].plot(update, np.maximum(gaps[name], 1e-17), "." if part == "wrong" else "x",
                     markersize=3, label=name, color=COLOURS[part])  # fmt: skip
    axes[1].axhline(2.2e-16, color=COLOURS["x"], linewidth=1)
    axes[1].text(1, 3e-16, "float64's last digit", va="bottom", color=COLOURS["x"])
    axes[1].set(title="Difference from yours", xlabel="update", ylabel="in parts of the loss",
                yscale="log", ylim=(5e-18, 3))  # fmt: skip
    axes[1].legend(loc="center right")
    show(
        fig,
        alt="Left, three loss curves over the updates: yours and PyTorch's with one bias trained "
        "lie on each other, the one with both biases trained beside them. Right, the differences "
        f"on a logarithmic axis: with one bias never above {gaps['one bias trained'].max():.0e}, "
        f"with both up to {gaps['both biases trained'].max():.0e}.",
    )


def learning_curves(
    curves: Mapping[str, Sequence[Array]], parts: Mapping[str, str], title: str, chance: float
) -> None:
    """Share of right answers over the updates: a thin line a seed, a thick one for the median.

    curves: name → one (updates,) for each seed. parts: name → whose colour it gets (COLOURS).
    """
    fig, ax = plt.subplots(figsize=(8, 3.8))
    ends = {}
    styles = ("-", "--", "-.", ":")
    for (name, seeds), style in zip(curves.items(), styles, strict=False):
        width = min(20, len(seeds[0]))
        smooth = np.array([np.convolve(c, np.ones(width) / width, "valid") for c in seeds])
        update = np.arange(width, width + smooth.shape[1])
        ax.plot(update, smooth.T, color=COLOURS[parts[name]], linewidth=0.8, alpha=0.5)
        middle = np.median(smooth, axis=0)
        ax.plot(update, middle, style, color=COLOURS[parts[name]], label=name)
        ends[name] = np.median(smooth[:, -1])
    ax.axhline(chance, color=COLOURS["wrong"], linewidth=1, linestyle=":")
    ax.set(title=title, xlabel="update", ylabel="share of right answers", ylim=(0, 1.05))
    ax.legend(loc="center right")
    show(
        fig,
        alt=f"{title}. At the end the median of the seeds is "
        + ", ".join(f"{end:.2f} for {name}" for name, end in ends.items())
        + f"; guessing gives {chance:.2f}.",
    )
