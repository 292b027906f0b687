"""The smallest recurrent network and the wall in its loss, walked upon.

One unit that starts at 0.5, h_t = σ(w h_{t-1} + b), and is asked to be 0.7 after fifty steps:
L = (h_50 - 0.7)². The picture is that of Pascanu, Mikolov and Bengio, On the difficulty of training
recurrent neural networks, ICML 2013.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from utils.pictures.colours import ON_HEAT_MAPS
from utils.pictures.plots import show

__all__ = ["loss_at", "show_cliff", "show_walks", "slope"]

Array = np.ndarray

STEPS, START, GOAL = 50, 0.5, 0.7
W_RANGE, B_RANGE = (4.0, 7.0), (-3.6, -1.4)


def loss_at(w: Array | float, b: Array | float) -> Array | float:
    """(h_50 - 0.7)² for weights and biases of any one shape."""
    h: Array | float = START
    for _ in range(STEPS):
        h = _sigmoid(w * h + b)
    return (h - GOAL) ** 2


def slope(point: Mapping[str, Array]) -> dict[str, Array]:
    """The loss's gradient. point, and what is returned: "w" and "b", (1,) each.

    Backpropagation through time, as in unit 11, with one unit and one weight.
    """
    w, b = point["w"], point["b"]
    h = [np.full(1, START)]
    for _ in range(STEPS):
        h.append(_sigmoid(w * h[-1] + b))
    arriving, dw, db = 2 * (h[-1] - GOAL), np.zeros(1), np.zeros(1)
    for t in range(STEPS, 0, -1):
        d = arriving * h[t] * (1 - h[t])
        dw, db, arriving = dw + d * h[t - 1], db + d, d * w
    return {"w": dw, "b": db}


def show_cliff(w: float = 5.5, biases: tuple[float, ...] = (-2.6, -2.7, -2.75)) -> None:
    """The loss as a map, and how long the gradient is at a few places on the way to the wall."""
    lengths = []
    for b in biases:
        at = slope({"w": np.array([w]), "b": np.array([b])})
        lengths.append(float(np.hypot(at["w"], at["b"])[0]))
        print(f"at w = {w}, b = {b:.2f} the gradient has length {lengths[-1]:,.2f}")
    fig, _ = _map("The loss of one unit after 50 steps")
    show(
        fig,
        alt="Map of the loss over weight and bias. Two flat plains, one high and one low, meet at "
        f"a wall that crosses the picture. The gradient is {lengths[0]:.2f} long on the plain and "
        f"{lengths[-1]:,.0f} on the wall.",
    )


def show_walks(wild: Array, careful: Array, max_norm: float) -> None:
    """Two walks (steps + 1, 2) of w and b from the same place: not clipped, and clipped."""
    fig, ax = _map("Two walks from the same place")
    ax.plot(*wild.T, "o-", color=ON_HEAT_MAPS[2], ms=3, lw=1.5, label="not clipped")
    ax.plot(*careful.T, "s--", color="white", ms=2, lw=1, label=f"clipped to {max_norm:g}")
    ax.plot(*wild[0], "*", color="white", ms=14)
    ax.legend(loc="upper right", labelcolor="white")
    outside = int(np.argmax((wild[:, 0] > W_RANGE[1]) | (wild[:, 1] > B_RANGE[1])))
    show(
        fig,
        alt="Both walks go along the upper edge of the wall. The one that is not clipped leaves "
        f"the picture at step {outside} and ends at w = {wild[-1, 0]:.0f}, b = {wild[-1, 1]:.0f}. "
        f"The clipped one stays at the wall and ends at w = {careful[-1, 0]:.1f}, "
        f"b = {careful[-1, 1]:.1f}.",
    )
    for name, path in (("not clipped", wild), ("clipped", careful)):
        w, b = path[-1]
        print(f"{name}: ends at w = {w:.1f}, b = {b:.1f}, loss {loss_at(w, b):.4f}")


def _map(title: str) -> tuple[Figure, Axes]:
    w_axis, b_axis = np.linspace(*W_RANGE, 300), np.linspace(*B_RANGE, 300)
    fig, ax = plt.subplots(figsize=(7.5, 4.2))
    surface = loss_at(*np.meshgrid(w_axis, b_axis))
    picture = ax.pcolormesh(w_axis, b_axis, surface, cmap="cividis", rasterized=True)
    fig.colorbar(picture, ax=ax, label="loss")
    ax.set(title=title, xlabel="weight w", ylabel="bias b", xlim=W_RANGE, ylim=B_RANGE)
    ax.grid(False)
    return fig, ax


def _sigmoid(z: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * z))
