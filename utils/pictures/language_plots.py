"""What unit 13 draws: counting, drawing, one line being read, and two units that keep track."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.colours import COLOURS, PAPER
from utils.pictures.plots import show

__all__ = ["show_draws", "show_ngrams", "show_reading", "show_two_units"]

Array = np.ndarray
Unit = tuple[int, Array, Array, float]


def show_ngrams(losses: Sequence[float]) -> None:
    """Perplexities of n-grams; losses: nats per character for n = 1, 2, …"""
    ns = range(1, len(losses) + 1)
    fig, ax = plt.subplots(figsize=(7.5, 3.4))
    ax.bar(ns, np.exp(losses), color=COLOURS["x"])
    ax.set(
        title="Perplexity of counting",
        xlabel="n: characters looked at, the predicted one included",
        ylabel="perplexity on the test part",
    )
    show(
        fig,
        alt="Bar chart of the perplexity of n-gram models: "
        + ", ".join(f"{n}-gram {np.exp(loss):.1f}" for n, loss in zip(ns, losses, strict=True))
        + ". It falls steeply and then turns up again.",
    )


def show_draws(logits: Array, drawn: Mapping[float, Array]) -> None:
    """Shares of the classes among draws (n,) at each temperature, and softmax(logits / τ) (K,)."""
    K = len(logits)
    fig, axes = plt.subplots(1, len(drawn), figsize=(3 * len(drawn), 2.9), sharey=True)
    fig.subplots_adjust(wspace=0.12)
    said = []
    for ax, (temperature, ids) in zip(axes, drawn.items(), strict=True):
        share = np.bincount(ids, minlength=K) / len(ids)
        z = np.exp((logits - logits.max()) / temperature)
        ax.bar(range(K), share, color=COLOURS["cell"])
        ax.plot(range(K), z / z.sum(), "o", color=COLOURS["wrong"], markeredgecolor=PAPER)
        ax.set(title=f"τ = {temperature:g}", xlabel="class", xticks=range(K), ylim=(0, 1))
        said.append(f"{share[0]:.0%} at τ = {temperature:g}")
    axes[0].set_ylabel("share of the draws")
    show(
        fig,
        alt=f"Shares of {K} classes in {len(ids):,} draws, with dots for softmax(z / τ): the "
        f"likeliest class is drawn in {', '.join(said)}.",
    )


def show_reading(line: str, surprise: Array, forget: Array, cells: Array, units: Array) -> None:
    """A line of T characters as it is read.

    surprise: (T,) nats, nan for the first. forget, cells: (T, n) of the units (n,) shown.
    """
    fig, axes = plt.subplots(3, 1, figsize=(10, 6.2), sharex=True, height_ratios=(1, 1.4, 1.4))
    axes[0].bar(range(len(line)), surprise, color=COLOURS["x"])
    axes[0].set(title="surprise", ylabel="nats")
    axes[0].grid(axis="x", visible=False)
    n = len(units)
    forgets = f"forget gate f of the {n} units that move most: dark is 0, bright is 1"
    states = "tanh of their cell state c: orange is -1, violet is 1"
    for ax, values, name, low, colours in (
        (axes[1], forget, forgets, 0, "cividis"),
        (axes[2], np.tanh(cells), states, -1, "PuOr"),
    ):
        ax.imshow(values.T, aspect="auto", cmap=colours, vmin=low, vmax=1)
        ax.set(title=name, yticks=range(n), yticklabels=units, ylabel="unit")
        ax.tick_params(axis="y", labelsize=7)
        ax.grid(False)
    letters = [character.replace("\n", "⏎") for character in line]
    axes[-1].set(xticks=range(len(line)), xticklabels=letters, xlabel="character read")
    most = int(np.nanargmax(surprise))
    show(
        fig,
        alt="Bars of the surprise at each character of Portia's line, largest at "
        f"{line[most]!r} ({surprise[most]:.1f} nats) and small inside common words, over heat maps "
        f"of forget gate and cell state of {n} units, each with a rhythm of its own.",
    )


def show_two_units(characters: Sequence[str], deep: Unit, marks: Unit) -> None:
    """Two units beside what they keep track of while T characters are read.

    deep: unit, its cell state (T,), the depth of the brackets (T,), their correlation. marks: the
    same for being inside quotes.
    """
    fig, axes = plt.subplots(2, 1, figsize=(10, 4.6), sharex=True)
    names = "depth of the brackets", "inside quotes"
    for ax, (unit, state, truth, _), name in zip(axes, (deep, marks), names, strict=True):
        slope, level = np.polyfit(state, truth.astype(float), 1)
        places = range(len(characters))
        ax.step(places, truth, where="mid", color=COLOURS["x"], label=name)
        scaled = f"cell state of unit {unit}, scaled"
        ax.plot(places, slope * state + level, color=COLOURS["cell"], label=scaled)
        ax.set(ylabel=name.replace(" the ", " the\n"))
        ax.grid(axis="x", visible=False)
        ax.legend(loc="upper right", ncols=2)
        ax.margins(y=0.45)
    axes[0].set_title("Two units of eight, read while the network predicts")
    axes[1].set(xticks=range(len(characters)), xticklabels=characters, xlabel="character read")
    show(
        fig,
        alt=f"Above, the depth of the brackets over {len(characters)} characters and the cell "
        f"state of unit {deep[0]}, which follows it step by step (correlation {deep[3]:.2f}) and "
        "stands still inside quotation marks. Below, being inside quotes and the cell state of "
        f"unit {marks[0]} (correlation {marks[3]:.2f}).",
    )
