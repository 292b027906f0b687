"""The living cell: one explorer of the LSTM for the whole course, with the learner's own code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from utils.language import say
from utils.learner.cell_experiments import experiment
from utils.learner.cell_states import Scene, Slider, Track, compute, words
from utils.learner.cell_widget import LivingCell
from utils.learner.workbook import Workbook
from utils.networks.cell import NAMES
from utils.pictures.diagram import PARTS

__all__ = ["LivingCell", "Track", "Unwritten", "living_cell", "of_gates"]

Function = Callable[..., Any]
Whose = list[tuple[str, str]]  # a function's name, and whose it is in words
USED = (*NAMES.values(), "lstm_step", "lstm_step_backward")


class Unwritten:
    """What stands in the cell's place while a function of it does not work yet."""

    def __init__(self, names: str, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}".rstrip(": ")
        if isinstance(error, NotImplementedError):
            self.message = say(f"Write {names} first, then run this cell again. ({why})")
        else:
            self.message = say(
                f"There is nothing to show yet, for {names} stops: {why}. Its check says more."
            )

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.message)}</p>"


def living_cell(
    *functions: Function | Workbook,
    params: dict[str, np.ndarray] | None = None,
    x: Any = None,
    labels: Sequence[Any] | None = None,
    dh: np.ndarray | None = None,
    units: Sequence[int] = (0,),
    tracks: Sequence[Track] | None = None,
    tracks_back: Sequence[Track] = (),
    title: str = "Your cell at work",
    step: int | None = None,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> LivingCell | Unwritten:
    """The LSTM cell, alive: values on its arrows, strips over time, sliders, the way back.

    functions: what the cell computes with, of forget_gate, input_gate, candidate_state,
    output_gate, lstm_step and lstm_step_backward: functions of the running notebook, right or not,
    or a workbook. What is missing the course computes. Without `params` a gate is shown by itself.

    params: U_* (D, H), W_* (H, H), b_* (H,). x: (T,) numbers, (T, D), or (T,) integers below D, the
    ids of one-hot inputs. labels: T symbols that are read. units: those of the H that can be
    chosen. tracks: the strips over time; a Track with values of its own is drawn as it is.
    dh: (T, H), the loss's own gradient at each h. With it there is a backward mode, with strips of
    how much arrives and with `tracks_back`, in which the arrows of lstm_step_backward are compared
    with the right ones. step: the step shown first, counted from 0. start: h_0 and c_0, (H,) each,
    zeros if None.

    Raises ValueError where there are params and no x, or the other way round.
    """
    caller = inspect.currentframe()
    names = caller.f_back.f_globals if caller and caller.f_back else {}
    given, whose = _given(functions, names)
    if (params is None) != (x is None):
        raise ValueError(say("a cell with weights needs something to read, x, and x needs params"))
    if params is None or x is None:
        return of_gates(given, whose)
    scene = _whole(params, x, labels, dh, units, tracks, tracks_back, title, start)
    first = 0 if dh is None else len(scene.x) - 1
    return _shown(scene, given, whose, first if step is None else step)


def of_gates(given: Mapping[str, Function], whose: Sequence[tuple[str, str]] = ()) -> Any:
    """One or two gates by themselves, by their names: a LivingCell, or what is to be written."""
    scene = experiment(given)
    return _shown(scene, given, whose, len(scene.x) // 2 if scene.x.any() else 0)


def _shown(scene: Scene, given: Mapping[str, Function], whose: Any, step: int) -> Any:
    try:
        state = compute(scene, given, scene.units[0])
    except Exception as error:  # a learner's function may fail in any way
        return Unwritten(" and ".join(given), error)
    return LivingCell(scene, given, whose, step, state)


def _given(
    functions: Sequence[Function | Workbook], names: Mapping[str, Any]
) -> tuple[dict[str, Function], Whose]:
    """The functions by name, and whose each of them is. names: those of the running notebook."""
    given: dict[str, Function] = {}
    whose: Whose = []
    for each in functions:
        if isinstance(each, Workbook):
            for entry in each.entries:
                if entry.name in ("lstm_step", "lstm_step_backward"):
                    given[entry.name] = entry.function
                    own = say(f"yours, from {entry.unit}" if entry.yours else "the course’s")
                    whose.append((entry.name, f"{own}: {entry.why}" if entry.why else own))
            continue
        if not callable(each):
            raise ValueError(
                say("between the parentheses stand functions, as in `living_cell(forget_gate)`")
            )
        # a lambda does not know its own name
        own_name = getattr(each, "__name__", type(each).__name__)
        name = next((name for name in USED if names.get(name) is each), own_name)
        if name not in USED:
            raise ValueError(say(f"the cell has no {name}; it has {', '.join(USED)}"))
        given[name] = each
        mine = each.__module__ == "__main__"
        whose.append((name, say("yours, from this notebook" if mine else "the course’s")))
    return given, whose


def _whole(
    params: dict[str, np.ndarray],
    x: Any,
    labels: Sequence[Any] | None,
    dh: np.ndarray | None,
    units: Sequence[int],
    tracks: Sequence[Track] | None,
    tracks_back: Sequence[Track],
    title: str,
    start: tuple[np.ndarray, np.ndarray] | None,
) -> Scene:
    """A whole cell that reads x."""
    x = np.asarray(x)
    D, H = params["U_f"].shape
    if x.dtype.kind in "iu":
        x = np.eye(D)[x]
    h0, c0 = (np.zeros(H), np.zeros(H)) if start is None else start
    forward = tracks or (Track("c", "cell state c"), Track("h", "hidden state h"))
    rows = {"forward": tuple(forward)}
    if dh is not None:
        sizes = [Track(f"size of {d}", f"{d} handed on", "size") for d in ("dc", "dh")]
        rows["backward"] = (*sizes, *tracks_back)
    return Scene(
        title=title,
        params={name: np.array(array, dtype=float) for name, array in params.items()},
        x=np.asarray(x, dtype=float).reshape(len(x), D),
        h0=np.asarray(h0, dtype=float),
        c0=np.asarray(c0, dtype=float),
        sliders=_weights(single=D == H == 1),
        tracks=rows,
        lit=PARTS,
        labels=None if labels is None else words(labels),
        dh=dh,
        units=tuple(int(unit) for unit in units),
    )


def _weights(single: bool) -> tuple[Slider, ...]:
    """Sliders for what one unit has: its biases; its weights too where it has one of each."""
    sliders = []
    for a, name in NAMES.items():
        gate = name.replace("_", " ")
        sliders.append(Slider(f"b_{a}", f"{gate}, bias b_{a}", 0.0))
        if single:
            sliders.append(Slider(f"U_{a}", f"{gate}, weight U_{a} of x", 0.0))
            sliders.append(Slider(f"W_{a}", f"{gate}, weight W_{a} of h_prev", 0.0))
    return tuple(sliders)
