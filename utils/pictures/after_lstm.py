"""The figures of unit 21: the best so far, the rounds of a scan, times, recall, the tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.plots import COLOURS, show

__all__ = ["best_so_far", "recall", "scan_rounds", "scan_times", "scores"]

Array = np.ndarray


def best_so_far(score: Array, value: Array, read: Mapping[str, Array]) -> None:
    """One sequence of scores and values (T,), and what each cell of `read` (T,) has remembered."""
    best = value[[score[: t + 1].argmax() for t in range(len(score))]]
    fig, (above, below) = plt.subplots(
        2, 1, figsize=(8.5, 4.6), sharex=True, height_ratios=(1, 1.6)
    )
    above.bar(range(len(score)), score, color=COLOURS["x"])
    above.set(title="Remember the value that came with the best score", ylabel="score")
    below.step(range(len(score)), best, where="mid", color=COLOURS["wrong"], label="asked for")
    styles = zip(("cell", "forget", "input"), ("o", "s", "^"), read.items(), strict=False)
    for colour, marker, (name, line) in styles:
        below.plot(line, marker, color=COLOURS[colour], label=name, alpha=0.8, markersize=5)
    below.set(xlabel="step t", ylabel="value", ylim=(-1.15, 1.15))
    below.legend(loc="upper left", bbox_to_anchor=(1, 1))
    told = " ".join(
        f"{name}: on average {np.abs(a - best).mean():.2f} off." for name, a in read.items()
    )
    show(fig, alt=f"Above, {len(score)} scores. Below, the value that came with the best one, "
         f"and what each cell shows. {told}")  # fmt: skip


def scan_rounds(T: int = 8) -> None:
    """Which steps each round of a scan composes, for T steps."""
    reaches = [2**r for r in range(int(np.ceil(np.log2(T))))]
    fig, ax = plt.subplots(figsize=(8, 3.6))
    for row, reach in enumerate(reaches):
        for t in range(T):
            ax.annotate("", (t, row + 0.88), (t, row + 0.12),
                        arrowprops={"arrowstyle": "->", "color": COLOURS["x"]})  # fmt: skip
            if t >= reach:
                ax.annotate("", (t - 0.06, row + 0.88), (t - reach, row + 0.12),
                            arrowprops={"arrowstyle": "->", "color": COLOURS["cell"]})  # fmt: skip
    for row in range(len(reaches) + 1):
        for t in range(T):
            first = max(0, t - 2**row + 1)
            ax.text(t, row, str(t) if first == t else f"{first}–{t}", ha="center", va="center",
                    fontsize=9, color=COLOURS["forget"] if first == 0 else COLOURS["x"],
                    weight="bold" if first == 0 else "normal")  # fmt: skip
    ax.set(title=f"A scan over {T} steps: {len(reaches)} rounds", xlabel="step t", xticks=range(T),
           yticks=np.arange(len(reaches)) + 0.5, yticklabels=[f"reach {r}" for r in reaches],
           ylim=(-0.3, len(reaches) + 0.3), xlim=(-0.5, T - 0.5))  # fmt: skip
    ax.grid(False)
    told = f"{T} steps side by side. In each of {len(reaches)} rounds every step is composed with "
    told += (
        "the one 1, 2, 4, … places before it; after the last each stands for all from step 0 on."
    )
    show(fig, alt=told)


def scan_times(
    lengths: Sequence[int], seconds: Mapping[str, Mapping[str, Sequence[float]]]
) -> None:
    """seconds: size → {"loop": …, "scan": …}, one number for each of `lengths`."""
    fig, axes = plt.subplots(1, len(seconds), figsize=(9.5, 3.6), squeeze=False)
    told = []
    for ax, (size, lines) in zip(axes[0], seconds.items(), strict=True):
        for name, colour, style in (("loop", "forget", "o-"), ("scan", "cell", "s--")):
            ax.plot(lengths, 1000 * np.array(lines[name]), style, color=COLOURS[colour], label=name)
        ax.set(title=size, xscale="log", yscale="log", xlabel="steps T", ylabel="milliseconds")
        ax.legend()
        gain = lines["loop"][-1] / lines["scan"][-1]
        told.append(f"{size}: at T = {lengths[-1]} the scan is {gain:.1f} times as fast.")
    show(fig, alt="Time against the number of steps, for the loop and the scan. " + " ".join(told))


def recall(pairs: Sequence[int], right: Mapping[str, Array]) -> None:
    """right: memory → (seeds, len(pairs)), the share of pairs that came back."""
    fig, ax = plt.subplots(figsize=(7.5, 3.8))
    colours = zip(("cell", "forget", "input", "output"), ("o-", "s--", "^-.", "v:"), strict=True)
    for (name, shares), (colour, style) in zip(right.items(), colours, strict=False):
        ax.plot(pairs, 100 * shares.mean(axis=0), style, color=COLOURS[colour], label=name)
        ax.fill_between(pairs, 100 * shares.min(axis=0), 100 * shares.max(axis=0),
                        color=COLOURS[colour], alpha=0.15)  # fmt: skip
    ax.set(title="How many pairs fit into a matrix?", xscale="log", xlabel="pairs written",
           ylabel="right value comes back (%)", ylim=(-3, 105))  # fmt: skip
    ax.set_xticks(pairs, [str(p) for p in pairs])
    ax.minorticks_off()
    ax.legend()
    told = ""
    for name, shares in right.items():
        means = zip(pairs, 100 * shares.mean(axis=0), strict=True)
        told += f" {name}: " + ", ".join(f"{share:.0f} % of {p}" for p, share in means) + "."
    show(fig, alt=f"The share of values read back rightly, against how many were written. {told}")


def scores(title: str, label: str, found: Mapping[str, Sequence[float]]) -> None:
    """found: network → its share that is wrong, one number a seed."""
    fig, ax = plt.subplots(figsize=(8, 0.5 * len(found) + 1.4))
    for row, shares in enumerate(found.values()):
        ax.plot(100 * np.array(shares), [row] * len(shares), "o", color=COLOURS["cell"], alpha=0.7)
        ax.plot(100 * np.median(shares), row, "|", color=COLOURS["wrong"], markersize=18)
    ax.set(title=title, xlabel=label, yticks=range(len(found)), yticklabels=list(found))
    ax.set_xlim(left=-0.5)
    ax.invert_yaxis()
    told = " ".join(f"{name}: median {100 * np.median(s):.1f}." for name, s in found.items())
    show(fig, alt=f"{label} of each network, a dot a seed and a bar for the median. {told}")
