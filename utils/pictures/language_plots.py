"""What unit 13 draws: counting, drawing, one line being read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.colours import COLOURS, PAPER
from utils.pictures.plots import SIGNED, show

__all__ = ["show_draws", "show_ngrams", "show_reading", "show_two_units"]

Array = np.ndarray


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
        (axes[2], np.tanh(cells), states, -1, SIGNED),
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


def show_two_units(*shown: object) -> None:
    """What notebooks of earlier releases call; the living cell has taken its place."""
    print("This view is in the newest release of the unit: make update fetches it.")
