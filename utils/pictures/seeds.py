"""Results of several seeds, a dot for each: differences beside their spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.plots import COLOURS, show

__all__ = ["bars", "by_lag", "seed_dots", "who_notices"]

Array = np.ndarray


def seed_dots(
    scores: Mapping[str, Array],
    title: str,
    xlabel: str,
    *,
    log: bool = False,
    first: str = "",
    mark: tuple[float, str] | None = None,
    best: int = 0,
) -> None:
    """A row for each name: its scores (seeds,) as dots, their median as a bar.

    first: the name that is coloured as the one compared with. mark: a value and what it is, drawn
    as a line. best: +1 or -1 sorts the rows, largest or smallest median on top. Shows the picture.
    """
    median = {name: float(np.median(values)) for name, values in scores.items()}
    order = sorted(scores, key=lambda name: -best * median[name])
    fig, ax = plt.subplots(figsize=(8, 1.3 + 0.36 * len(order)))
    for row, name in enumerate(order):
        colour = COLOURS["cell" if name == first else "forget"]
        ax.plot(scores[name], np.full(len(scores[name]), row), "o", color=colour, alpha=0.7)
        ax.plot(median[name], row, "|", color=COLOURS["wrong"], markersize=18)
    ax.set(title=title, xlabel=xlabel, yticks=range(len(order)), yticklabels=order)
    ax.set_ylim(len(order) - 0.5, -0.5)  # the first on top
    if log:
        ax.set_xscale("log")
    if mark is not None:
        ax.axvline(mark[0], color=COLOURS["x"], linestyle="--", linewidth=1.2, label=mark[1])
        ax.legend(loc="best")
    if not log:
        right = ax.get_xlim()[1]
        ax.set_xlim(-0.02 * right, right)  # a dot at 0 is seen whole
    told = (f"{name}: median {median[name]:.3g}, from {min(scores[name]):.3g} to "
            f"{max(scores[name]):.3g}." for name in order)  # fmt: skip
    show(fig, alt=f"{title}. One dot a seed and a bar for the median, along the axis of {xlabel}. "
         + " ".join(told))  # fmt: skip


def by_lag(
    lags: Sequence[int],
    results: Mapping[str, Array],
    title: str,
    xlabel: str,
    ylabel: str,
    guess: float,
) -> None:
    """Shares that are right, over how far back a network had to remember.

    results: up to three names → (lags, seeds). A dot for every seed, a line through the means, and
    a table below the picture. guess: what guessing gets, drawn as a line.
    """
    fig, ax = plt.subplots(figsize=(8, 4.2))
    colours, lines = ("cell", "hidden", "forget"), ("-", "--", "-.")
    for k, (name, shares) in enumerate(results.items()):
        colour, line, dot = colours[k], lines[k], "os^"[k]
        beside = np.array(lags) * 1.08 ** (k - (len(results) - 1) / 2)  # no dot hides another
        ax.plot(beside, shares, dot, color=COLOURS[colour], markersize=6, alpha=0.75)
        ax.plot(beside, shares.mean(axis=1), line, color=COLOURS[colour], label=name)
    ax.axhline(guess, color=COLOURS["wrong"], linestyle=":", label="guessing")
    ax.set_xscale("log", base=2)
    ax.minorticks_off()
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xticks=lags, xticklabels=lags)
    ax.set_ylim(guess - 0.2, 1.04)
    ax.legend(loc="center left")
    told = []
    for name, shares in results.items():
        means = zip(lags, shares.mean(axis=1), strict=True)
        told.append(f"{name}: " + ", ".join(f"{mean:.0%} at {lag}" for lag, mean in means))
    show(fig, alt=f"{title} Means of the seeds by {xlabel}. {'; '.join(told)}.")
    for name, shares in results.items():
        for lag, row in zip(lags, shares, strict=True):
            print(f"{name:12}{lag:4}   " + "  ".join(f"{share:4.0%}" for share in row))


def who_notices(before: Array, after: Array, touched: int) -> None:
    """Which hidden states of both directions change with the input of one step.

    before, after: (T, 1, 2H) hidden states, the first H units of the direction forwards. touched:
    the step whose input was changed. Shows the picture and prints the largest changes.
    """
    change, H = np.abs(after - before)[:, 0], before.shape[2] // 2
    there, back = change[:, :H].max(axis=1), change[:, H:].max(axis=1)
    fig, ax = plt.subplots(figsize=(7.5, 3.4))
    ax.plot(there, "o-", color=COLOURS["cell"], label="the half that reads forwards")
    ax.plot(back, "s--", color=COLOURS["forget"], label="the half that reads backwards")
    ax.axvline(touched, color=COLOURS["x"], linewidth=1)
    ax.set(
        title="What a changed input does to the states",
        xlabel="step t",
        ylabel="largest change of h",
    )
    ax.legend()
    show(
        fig,
        alt=f"The input at step {touched} is changed. The forward half changes at that step and "
        f"after it, and not at all before; the backward half changes at that step and before it, "
        f"and not after.",
    )
    print(f"forward half: before the step {there[:touched].max()}, after it {there.max():.2f}")
    print(f"backward half: after the step {back[touched + 1 :].max()}, before it {back.max():.2f}")


def bars(values: Mapping[str, float], title: str, xlabel: str) -> None:
    """How many times as fast each thing is, on a logarithmic axis with a line at 1. Shows it."""
    order = list(values)
    rows = np.arange(len(order))[::-1]
    fig, ax = plt.subplots(figsize=(8, 1.2 + 0.36 * len(order)))
    ax.barh(rows, [values[name] for name in order], color=COLOURS["cell"], height=0.6)
    for row, name in zip(rows, order, strict=True):
        ax.text(max(1.0, values[name]), row, f" {values[name]:.1f}", va="center")
    ax.axvline(1, color=COLOURS["wrong"], linewidth=1)
    ax.set(title=title, xlabel=xlabel, yticks=rows, yticklabels=order, xscale="log")
    ax.set_xlim(0.5, 2 * max(values.values()))
    told = " ".join(f"{name}: {values[name]:.1f}." for name in order)
    show(fig, alt=f"{title}. Bars: how many times as fast one part becomes. {told}")
