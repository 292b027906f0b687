"""The curve that every gate is made of."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.colours import COLOURS, MUTED
from utils.pictures.plots import show

__all__ = ["sigmoid_curve"]


def sigmoid_curve() -> None:
    """The sigmoid from -8 to 8, with its middle at 1/2."""
    z = np.linspace(-8, 8, 200)
    fig, ax = plt.subplots(figsize=(7.5, 3.2))
    ax.plot(z, 1 / (1 + np.exp(-z)), color=COLOURS["forget"])
    ax.axhline(0.5, color=MUTED, linewidth=0.8, linestyle=":")
    ax.set(title="The sigmoid", xlabel="z", ylabel="σ(z)")
    show(
        fig,
        alt="The sigmoid curve rises smoothly from nearly 0 at z = -8 through 0.5 at z = 0 to "
        "nearly 1 at z = 8.",
    )
