"""Explorers: sliders that drive the learner's own gate, and a picture of what it does.

They work by keyboard (Tab to a slider, arrow keys to move it). Where no kernel runs, the last
picture stands in their place; a sentence says the same in words.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from utils.pictures.colours import COLOURS, INK, MUTED
from utils.pictures.plots import picture_of
from utils.pictures.themes import Picture

__all__ = ["explore_candidate", "explore_gate"]

Gate = Callable[..., np.ndarray]
U, W = 1.5, 1.0  # the weights of the one-unit gate that is explored
STEPS = 30
MARGINS = {"left": 0.07, "right": 0.98, "bottom": 0.17, "top": 0.88, "wspace": 0.25}


class Explorer:
    """Sliders, a picture and a sentence. `draw` gives the picture for the sliders' values."""

    def __init__(
        self, draw: Callable[..., Picture], sliders: dict[str, widgets.FloatSlider]
    ) -> None:
        self._draw = draw
        self.sliders = sliders
        self.image = widgets.HTML()
        self.sentence = widgets.HTML()
        self.shown = self._redraw()
        for slider in sliders.values():
            slider.observe(self._moved, names="value")
        self.widget = widgets.VBox([*sliders.values(), self.sentence, self.image])

    def _moved(self, change: dict[str, Any]) -> None:
        self.shown = self._redraw()

    def _redraw(self) -> Picture:
        shown = self._draw(*(slider.value for slider in self.sliders.values()))
        self.image.value = shown.html()
        self.sentence.value = f"<p role='status'>{escape(shown.alt)}</p>"
        return shown

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            **self.widget._repr_mimebundle_(),
            "text/html": self.shown.html(),
            "text/plain": self.shown.alt,
        }


class Unwritten:
    """What stands in an explorer's place while its function does not work yet."""

    def __init__(self, name: str, why: str) -> None:
        self.message = f"Write {name} first, then run this cell again. ({why})"

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.message)}</p>"


def _slider(label: str, value: float = 0.0, reach: float = 5.0) -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value=value,
        min=-reach,
        max=reach,
        step=0.1,
        description=label,
        style={"description_width": "14em"},
        layout=widgets.Layout(width="34em"),
    )


def _value(gate: Gate, x: float, h_prev: float, bias: float) -> float:
    """The learner's gate for one example, one input and one unit."""
    one = np.ones((1, 1))
    answer = gate(x * one, h_prev * one, U * one, W * one, np.array([bias]))
    if np.shape(answer) != (1, 1):
        raise ValueError(f"its result has shape {np.shape(answer)}, expected (1, 1)")
    return float(answer[0, 0])


def _curve(ax: Axes, gate: Gate, z: float, value: float, colour: str, letter: str) -> None:
    reach = np.linspace(-8, 8, 81)
    ax.plot(reach, [_value(gate, 0, 0, v) for v in reach], color=colour)
    ax.plot(np.clip(z, -8, 8), value, "o", color=INK, markersize=9)
    ax.set(
        title=f"${letter}$ = {value:.2f}",
        xlabel=f"pre-activation z = {U} x + {W} h_prev + b = {z:.1f}",
        ylabel=f"gate ${letter}$",
        ylim=(-0.05, 1.05),
    )


def _forget(ax: Axes, f: float) -> str:
    steps = np.arange(STEPS + 1)
    ax.plot(steps, f**steps, "o-", color=COLOURS["cell"], markersize=4)
    ax.set(title="what is left of a memory of 1", xlabel="steps at this gate", ylabel="left",
           ylim=(-0.05, 1.05))  # fmt: skip
    said = f"f = {f:.3g}: after 10 steps {f**10:.1%} of the memory is left"
    if 0 < f < 1:
        half = np.log(0.5) / np.log(f)
        ax.axvline(min(half, STEPS), color=INK, linestyle=":", linewidth=1)
        said += f"; half of it is gone after {half:.3g} steps"
    return said + "."


def _input(ax: Axes, i: float) -> str:
    g = 0.8
    colours = [COLOURS["candidate"], COLOURS["cell"], MUTED]
    ax.bar(["candidate g", "written i·g", "kept out"], [g, i * g, g - i * g], color=colours)
    ax.set(title="what becomes of a candidate of 0.8", ylabel="value", ylim=(0, 1))
    return (
        f"i = {i:.3g}: of the candidate 0.8, {i * g:.3g} is written and {g - i * g:.3g} kept out."
    )


def _output(ax: Axes, o: float) -> str:
    c = 1.5
    shown = o * np.tanh(c)
    colours = [COLOURS["cell"], COLOURS["output"], COLOURS["hidden"]]
    ax.bar(
        ["cell state c", "tanh(c)", "shown h = o·tanh(c)"], [c, np.tanh(c), shown], color=colours
    )
    ax.set(title="what is shown of a memory of 1.5", ylabel="value", ylim=(0, 1.6))
    return f"o = {o:.3g}: the memory holds 1.5 and shows {shown:.3g}. What is hidden is not lost."


_KINDS = {
    "forget": ("f", COLOURS["forget"], _forget),
    "input": ("i", COLOURS["input"], _input),
    "output": ("o", COLOURS["output"], _output),
}


def explore_gate(gate: Gate, kind: str) -> Explorer | Unwritten:
    """Sliders for the input, the previous hidden state and the bias of one unit's gate.

    gate: the learner's function, gate(x, h_prev, U, W, b) → (N, H). kind: "forget", "input" or
    "output", which decides what is drawn of the memory. Another kind is a KeyError.
    """
    letter, colour, effect = _KINDS[kind]

    def draw(x: float, h_prev: float, bias: float) -> Picture:
        value = _value(gate, x, h_prev, bias)
        fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), gridspec_kw=MARGINS)
        _curve(left, gate, U * x + W * h_prev + bias, value, colour, letter)
        return picture_of(fig, effect(right, value), whole=True)

    names = {"x": "input x", "h_prev": "previous hidden state", "b": f"bias b_{letter}"}
    sliders = {key: _slider(label, reach=1.0 if key == "h_prev" else 5.0)
               for key, label in names.items()}  # fmt: skip
    try:
        return Explorer(draw, sliders)
    except Exception as error:  # a learner's function may fail in any way
        return Unwritten(f"the {kind} gate", f"{type(error).__name__}: {error}".rstrip(": "))


def explore_candidate(candidate_state: Gate, input_gate: Gate) -> Explorer | Unwritten:
    """What is written, i·g, for every input and previous hidden state; a slider for each bias."""
    x, h = np.linspace(-3, 3, 41), np.linspace(-1, 1, 41)
    grid_x, grid_h = (axis.reshape(-1, 1) for axis in np.meshgrid(x, h))

    def draw(b_g: float, b_i: float) -> Picture:
        one = np.ones((1, 1))
        g = candidate_state(grid_x, grid_h, U * one, W * one, np.array([b_g]))
        i = input_gate(grid_x, grid_h, U * one, W * one, np.array([b_i]))
        fig, axes = plt.subplots(
            1, 3, figsize=(10, 3.2), sharey=True, gridspec_kw=MARGINS | {"right": 0.94}
        )
        titles = ("input gate i", "candidate g", "written i · g")
        for ax, title, values in zip(axes, titles, (i, g, i * g), strict=True):
            low = 0 if ax is axes[0] else -1
            colours = "cividis" if low == 0 else "PuOr"
            picture = ax.pcolormesh(x, h, values.reshape(41, 41), vmin=low, vmax=1, cmap=colours)
            ax.set(title=title, xlabel="input x")
            fig.colorbar(picture, ax=ax)
        axes[0].set_ylabel("previous hidden state")
        wide = float((np.abs(i * g) > 0.5).mean())
        down = float((i * g < -0.1).mean())
        return picture_of(
            fig,
            f"b_g = {b_g:.1f}, b_i = {b_i:.1f}: on {wide:.0%} of the map more than 0.5 is written, "
            f"on {down:.0%} the memory is pushed down.",
            whole=True,
        )

    sliders = {"b_g": _slider("candidate's bias b_g"), "b_i": _slider("input gate's bias b_i")}
    try:
        return Explorer(draw, sliders)
    except Exception as error:  # a learner's function may fail in any way
        return Unwritten(
            "candidate_state and input_gate", f"{type(error).__name__}: {error}".rstrip(": ")
        )
