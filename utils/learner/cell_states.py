"""What the living cell shows: a scene, the learner's functions run through it, numbers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from utils.language import say
from utils.networks.cell import GATES, NAMES, backward_step, forward, pre_activations

__all__ = ["Scene", "Slider", "Track", "compute", "moved"]

Array = np.ndarray
Run = dict[str, Array]
Function = Callable[..., Any]
State = dict[str, Any]
GONE = 1e-9  # a gradient of this size or below is drawn as nothing
_COLOUR = {"f": "forget", "i": "input", "g": "candidate", "o": "output", "c": "cell", "h": "hidden"}
_COLOUR |= {"written": "cell", "dc": "cell", "dh": "hidden", "rnn": "wrong"}
# what is shown of a part that is lit
_OF_PART = {name: (a, f"z{a}", f"x {a}", f"h {a}") for a, name in NAMES.items()} | {
    "x": ("x",),
    "h_prev": ("h_prev",),
    "c_prev": ("c_prev", "kept"),
    "cell_state": ("c", "kept", "written"),
    "hidden_state": ("h", "tc"),
}


@dataclass(frozen=True)
class Slider:
    """A number that can be moved: `x` or `h_prev` at every step, or a weight of the unit shown."""

    name: str
    label: str
    value: float
    reach: float = 5.0
    step: float = 0.1


@dataclass(frozen=True)
class Track:
    """A strip over time. name: what the run calls it, or what `values` (T,) are.

    kind: "signed" for values above and below zero, "share" for what begins at 0, "size" for sizes
    of gradients, drawn by their logarithm. "size of dc" and "size of dh" are those over all units.
    """

    name: str
    label: str
    kind: str = "signed"
    values: Array | None = None


@dataclass(frozen=True)
class Scene:
    """What the cell reads, and what is shown of it.

    x: (T, D). params: U_* (D, H), W_* (H, H), b_* (H,). h0, c0: (H,). held: h_prev at every step,
    where it is not to follow the cell. labels: T words instead of times. dh: (T, H), the loss's own
    gradient at each h; with it there is a backward mode. units: those that can be chosen.
    says: from the numbers of the unit shown, name → (T,), to one sentence, or to one for each step.
    """

    title: str
    params: dict[str, Array]
    x: Array
    h0: Array
    c0: Array
    sliders: tuple[Slider, ...] = ()
    tracks: dict[str, tuple[Track, ...]] = field(default_factory=dict)
    lit: tuple[str, ...] = ()
    focus: str = "cell_state"
    held: float | None = None
    labels: list[str] | None = None
    dh: Array | None = None
    units: tuple[int, ...] = (0,)
    says: Callable[[Run], list[str]] | None = None


def moved(scene: Scene, unit: int, sliders: Mapping[str, float]) -> Scene:
    """The scene with the sliders where they stand, for this unit."""
    params = dict(scene.params)
    x, held = scene.x, scene.held
    for name, value in sliders.items():
        if name == "x":
            x = np.full_like(x, value)
        elif name == "h_prev":
            held = float(value)
        else:
            params[name] = params[name].copy()
            params[name][..., unit] = value
    return replace(scene, params=params, x=x, held=held)


@np.errstate(all="ignore")  # the picture shows where a number overflows, or is none
def compute(scene: Scene, functions: Mapping[str, Function], unit: int) -> State:
    """The state that utils/pictures/living_cell.py describes.

    functions: those of the learner, by name. What they raise forwards is passed on; what
    lstm_step_backward raises is in the state's `fault`.
    """
    run = forward(scene.x, scene.h0, scene.c0, scene.params, functions, scene.held)
    terms = pre_activations(scene.x, run["h_prev"], scene.params)
    run |= terms
    run |= {f"z{a}": run[f"x {a}"] + run[f"h {a}"] + scene.params[f"b_{a}"] for a in GATES}
    own = {name: values[:, unit] for name, values in run.items()}
    if scene.x.shape[1] == 1:
        own["x"] = scene.x[:, 0]
    wanted = {name for part in scene.lit or _OF_PART for name in _OF_PART[part]}
    series = {name: own[name] for name in own if name in wanted}
    if {"input_gate", "candidate_state"} <= set(scene.lit):
        series["written"] = own["written"]
    own |= {f"b_{a}": scene.params[f"b_{a}"][[unit]] for a in GATES}
    series |= {f"b_{a}": own[f"b_{a}"] for a in GATES if f"z{a}" in series}
    says = scene.says(own) if scene.says else []
    wrong: dict[str, Array] = {}
    fault = ""
    if scene.dh is not None:
        back, wrong, fault = _backward(scene, functions.get("lstm_step_backward"), run, unit)
        own |= back
        series |= back
    tracks = {mode: [_row(track, own) for track in rows] for mode, rows in scene.tracks.items()}
    return {
        "steps": len(scene.x),
        "series": {name: _few(values) for name, values in series.items()},
        "wrong": {name: _few(flags.astype(float)) for name, flags in wrong.items()},
        "tracks": tracks,
        "says": says,
        "fault": fault,
    }


def _backward(
    scene: Scene, theirs: Callable[..., Any] | None, run: Run, unit: int
) -> tuple[Run, dict[str, Array], str]:
    """All gradients of the unit, (T,) each; where the learner's differ; what the learner's raises.

    The learner's function gets at every step what rightly arrives there, so that a mistake is seen
    where it is made and not where it has been carried to.
    """
    assert scene.dh is not None
    T, H = len(scene.x), len(scene.h0)
    back: dict[str, list[float]] = {}
    wrong: dict[str, list[bool]] = {}
    dh_next, dc_next, fault = np.zeros(H), np.zeros(H), ""
    for t in reversed(range(T)):
        at = {name: values[t] for name, values in run.items()}
        right = backward_step(scene.dh[t] + dh_next, dc_next, at, scene.params)
        shown = {name: _number(name, value, unit) for name, value in right.items()}
        shown["size of dh"] = float(np.linalg.norm(right["dh_prev"]))
        shown["size of dc"] = float(np.linalg.norm(right["dc_prev"]))
        if theirs is not None and not fault:
            try:
                yours = _their_step(theirs, scene, right, at, t)
            except Exception as error:  # a learner's function may fail in any way
                fault = f"{type(error).__name__}: {error}".rstrip(": ")
            else:
                for name, value in yours.items():
                    shown[f"your {name}"] = _number(name, value, unit)
                    all_right = right[name] if name == "dx" else right[name][[unit]]
                    all_yours = value if name == "dx" else value[[unit]]
                    close = np.allclose(all_yours, all_right, rtol=1e-6, atol=1e-12)
                    wrong.setdefault(name, []).append(not close)
        for name, number in shown.items():
            back.setdefault(name, []).append(number)
        dh_next, dc_next = right["dh_prev"], right["dc_prev"]
    if fault:
        wrong = {}
    kept = {name: np.array(v[::-1]) for name, v in back.items() if len(v) == T}
    return kept, {name: np.array(flags[::-1]) for name, flags in wrong.items()}, fault


def _their_step(
    theirs: Callable[..., Any], scene: Scene, right: Run, at: Run, t: int
) -> dict[str, Array]:
    cache = {name: at[name][None].copy() for name in ("h_prev", "c_prev", *GATES, "c")}
    cache["x"] = scene.x[t][None].copy()
    dx, dh_prev, dc_prev, grads = theirs(
        right["dh"][None].copy(), right["dc"][None].copy(), cache, scene.params
    )
    # with one example the gradient of a bias is that of its pre-activation
    yours = {"dx": dx, "dh_prev": dh_prev, "dc_prev": dc_prev}
    yours |= {f"dz{a}": np.asarray(grads[f"b_{a}"])[None] for a in GATES}
    for name, value in yours.items():
        expected = right[name][None].shape
        if np.shape(value) != expected:
            what = name.replace("dz", "the gradient of b_")
            raise ValueError(f"{what} has shape {np.shape(value)}, expected {expected}")
    return {name: np.asarray(value, dtype=float)[0] for name, value in yours.items()}


def _number(name: str, value: Array, unit: int) -> float:
    """A gradient of the unit shown; of more than one input it is the size."""
    if name == "dx":
        return float(value[0]) if len(value) == 1 else float(np.linalg.norm(value))
    return float(value[unit])


def _row(track: Track, own: Run) -> dict[str, Any]:
    values = np.asarray(own[track.name] if track.values is None else track.values, dtype=float)
    if track.kind == "size":
        with np.errstate(divide="ignore"):
            heights = np.clip(1 - np.log10(values) / np.log10(GONE), 0, 1)
    elif track.kind == "share":
        heights = np.clip(values / max(1.0, float(values.max())), 0, 1)
    else:
        heights = values / max(1.0, float(np.abs(values).max()))
    return {
        "label": say(track.label),
        "kind": track.kind,
        "colour": _COLOUR.get(track.name.split()[-1], "x"),
        "values": [_short(value) for value in values],
        "heights": [round(float(height), 3) for height in np.nan_to_num(heights)],
    }


def _few(values: Array) -> list[float | str]:
    """As a list; what is the same at every step once."""
    short = [_short(value) for value in values]
    return short[:1] if len(set(short)) == 1 else short


def _short(value: float) -> float | str:
    """Five digits; what is no number, which JSON cannot carry, as a word."""
    return float(f"{value:.5g}") if np.isfinite(value) else f"{value}"


def words(values: Sequence[Any]) -> list[str]:
    """Labels for what is read: a blank and a line end are made visible."""
    visible = {" ": "␣", "\n": "⏎"}
    return [visible.get(str(value), str(value)) for value in values]
