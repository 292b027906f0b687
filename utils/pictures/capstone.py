"""The figures of unit 22: every seed beside the baselines, and losses by the counted property."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.plots import COLOURS, show

__all__ = ["by_property", "seeds_and_baselines"]

Array = np.ndarray


def seeds_and_baselines(
    unit: str, baselines: Mapping[str, float], models: Mapping[str, Array]
) -> None:
    """baselines: name → mean loss. models: name → mean loss of every seed (seeds,)."""
    rows = [*baselines, *models]
    fig, ax = plt.subplots(figsize=(8, 0.55 * len(rows) + 1.4))
    for row, name in enumerate(rows):
        values = np.atleast_1d(baselines[name] if name in baselines else models[name])
        colour = COLOURS["x"] if name in baselines else COLOURS["cell"]
        ax.plot(
            values, [row] * len(values), "s" if name in baselines else "o", color=colour, alpha=0.8
        )
    ax.set(title="Test loss: every seed beside the baselines", xlabel=f"mean test loss ({unit})",
           yticks=range(len(rows)), yticklabels=rows)  # fmt: skip
    ax.set_ylim(len(rows) - 0.5, -0.5)  # the first on top
    told = [f"{name} {value:.3g}" for name, value in baselines.items()]
    told += [f"{name} {np.min(v):.3g} to {np.max(v):.3g}" for name, v in models.items()]
    show(
        fig,
        alt="Mean test losses, squares for baselines and a dot for each seed: "
        + ", ".join(told)
        + ".",
    )


def by_property(label: str, unit: str, counted: Array, losses: Mapping[str, Array]) -> None:
    """counted: (n,) a whole number for each test piece. losses: model → (n,)."""
    values = np.unique(counted)
    if len(values) > 6:  # too many to stand apart: six groups of about equal size
        edges = np.unique(np.quantile(counted, np.linspace(0, 1, 7)).astype(int))
        groups = [(counted >= a) & (counted <= b - (b < edges[-1])) for a, b in pairwise(edges)]
        ends = [(counted[g].min(), counted[g].max()) for g in groups]
        names = [str(a) if a == b else f"{a}–{b}" for a, b in ends]
    else:
        groups, names = [counted == v for v in values], [str(v) for v in values]
    fig, ax = plt.subplots(figsize=(8, 3.6))
    marks = zip(("forget", "cell", "input"), ("s--", "o-", "^-."), losses.items(), strict=False)
    told = []
    for colour, style, (name, each) in marks:
        means = [each[g].mean() for g in groups]
        ax.plot(range(len(groups)), means, style, color=COLOURS[colour], label=name)
        told.append(f"{name}: " + ", ".join(f"{m:.2g}" for m in means) + ".")
    ticks = [f"{name}\n({g.sum()})" for name, g in zip(names, groups, strict=True)]
    ax.set(title="Where does it fail?", xlabel=f"{label} (in brackets: test pieces)",
           ylabel=f"mean loss ({unit})", ylim=(0, None),
           xticks=range(len(groups)), xticklabels=ticks)  # fmt: skip
    ax.set_ylim(top=1.06 * ax.get_ylim()[1])  # the highest mark is seen whole
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    show(fig, alt=f"Mean loss against {label}, {', '.join(names)}. " + " ".join(told))
