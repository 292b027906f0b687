"""A gate by itself: the scene in which the living cell shows what it does to a memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from utils.language import say
from utils.learner.cell_states import Run, Scene, Slider, Track
from utils.pictures.svg import shown

__all__ = ["experiment", "half_life"]

STEPS = 30
OPEN, CLOSED = 30.0, -30.0  # biases at which a gate is 1 or 0 to thirteen digits
CANDIDATE, MEMORY = 0.8, 1.5  # what is there to be written, and to be shown
_SWEEP = np.linspace(-3, 3, 31)


def experiment(functions: Mapping[str, Any]) -> Scene:
    """The scene for these gates: a forget, an input or an output gate, or candidate and input gate.

    Raises ValueError for any other set: a whole step needs weights and something to read.
    """
    names = set(functions)
    if names == {"forget_gate"}:
        return _forget()
    if names in ({"input_gate"}, {"input_gate", "candidate_state"}):
        return _input("candidate_state" in names)
    if names == {"output_gate"}:
        return _output()
    given = ", ".join(sorted(names)) or "nothing"
    raise ValueError(
        say(f"{given} by itself is no experiment: say which params, and which x to read")
    )


def half_life(f: float) -> float:
    """After how many steps half of a memory is gone behind a constant gate f in (0, 1)."""
    return float(np.log(0.5) / np.log(f))


def _scene(own: str, b: Mapping[str, float], x: np.ndarray, c0: float, **more: Any) -> Scene:
    """One unit, in which only the gates of `own` look at anything; b: the biases of the others."""
    params = {}
    for a in "figo":
        looks = a in own
        params[f"U_{a}"] = np.full((1, 1), 1.5 if looks else 0.0)
        params[f"W_{a}"] = np.full((1, 1), 1.0 if looks else 0.0)
        params[f"b_{a}"] = np.array([0.0 if looks else b[a]])
    return Scene(params=params, x=x[:, None], h0=np.zeros(1), c0=np.full(1, c0), held=0.0, **more)


def _sliders(a: str) -> tuple[Slider, ...]:
    return (
        Slider(f"b_{a}", f"bias b_{a}", 0.0),
        Slider(f"U_{a}", f"weight U_{a} of the input", 1.5),
        Slider(f"W_{a}", f"weight W_{a} of the hidden state", 1.0),
    )


_H_PREV = Slider("h_prev", "previous hidden state h_prev", 0.0, reach=1.0)


def _forget() -> Scene:
    def says(run: Run) -> list[str]:
        f = float(run["f"][0])
        left = say(f"f = {f:.3g}: after 10 steps {f**10:.1%} of the memory is left")
        if not 0 < f < 1:
            return [f"{left}."]
        steps = f"{half_life(f):.3g}"
        gone = f"half of it is gone after {steps} steps"
        if steps == "1":
            gone = "half of it is gone after 1 step"
        return [f"{left}; {say(gone)}."]

    return _scene(
        "f",
        {"i": CLOSED, "g": 0.0, "o": OPEN},
        np.zeros(STEPS),
        1.0,
        title="A memory of 1, and nothing new",
        sliders=(Slider("x", "input x, the same at every step", 0.0), _H_PREV, *_sliders("f")),
        lit=("x", "h_prev", "c_prev", "forget_gate", "cell_state"),
        focus="forget_gate",
        tracks={
            "forward": (
                Track("f", "forget gate f", "share"),
                Track("c", "memory c", "share"),
            )
        },
        says=says,
    )


def _input(with_candidate: bool) -> Scene:
    def one(run: Run) -> list[str]:
        return [
            say(
                f"x = {shown(x, 1)}, i = {i:.3g}: of the candidate {CANDIDATE}, "
                f"{i * CANDIDATE:.3g} is written and {(1 - i) * CANDIDATE:.3g} kept out."
            )
            for x, i in zip(run["x"], run["i"], strict=True)
        ]

    def both(run: Run) -> list[str]:
        wide = float((np.abs(run["written"]) > 0.5).mean())
        down = float((run["written"] < -0.1).mean())
        return [
            say(
                f"For {wide:.0%} of the inputs more than 0.5 is written, up or down; for "
                f"{down:.0%} the memory is pushed down."
            )
        ]

    gate = (Track("x", "input x"), Track("i", "input gate i", "share"))
    written = (Track("written", "written i ⊙ g"),)
    if not with_candidate:
        return _scene(
            "i",
            {"f": CLOSED, "g": float(np.arctanh(CANDIDATE)), "o": OPEN},
            _SWEEP,
            0.0,
            title=f"A candidate of {CANDIDATE}, for inputs from −3 to 3",
            sliders=(_H_PREV, *_sliders("i")),
            lit=("x", "h_prev", "input_gate"),
            focus="input_gate",
            tracks={"forward": gate + written},
            says=one,
        )
    return _scene(
        "ig",
        {"f": CLOSED, "o": OPEN},
        _SWEEP,
        0.0,
        title="What is written, for inputs from −3 to 3",
        sliders=(
            Slider("b_g", "candidate’s bias b_g", 0.0),
            Slider("b_i", "input gate’s bias b_i", 0.0),
            _H_PREV,
        ),
        lit=("x", "h_prev", "input_gate", "candidate_state"),
        focus="candidate_state",
        tracks={"forward": (*gate, Track("g", "candidate g"), *written)},
        says=both,
    )


def _output() -> Scene:
    def says(run: Run) -> list[str]:
        return [
            say(
                f"x = {shown(x, 1)}, o = {o:.3g}: the memory holds {MEMORY} and shows {h:.3g}. "
                "What is hidden is not lost."
            )
            for x, o, h in zip(run["x"], run["o"], run["h"], strict=True)
        ]

    return _scene(
        "o",
        {"f": OPEN, "i": CLOSED, "g": 0.0},
        _SWEEP,
        MEMORY,
        title=f"A memory of {MEMORY}, for inputs from −3 to 3",
        sliders=(_H_PREV, *_sliders("o")),
        lit=("x", "h_prev", "c_prev", "output_gate", "cell_state", "hidden_state"),
        focus="output_gate",
        tracks={
            "forward": (
                Track("x", "input x"),
                Track("o", "output gate o", "share"),
                Track("c", "memory c"),
                Track("h", "shown h"),
            )
        },
        says=says,
    )
