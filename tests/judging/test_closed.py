"""The course's own library is no answer: a search over all of it, and ways around a plain call."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, UNITS
from real_life.corpus import solved

import utils
from autograder import grade_notebook
from autograder.authoring.exercise import load_unit
from utils.judging import run
from utils.judging.closed import OPEN, closed
from utils.judging.judge import judge
from utils.judging.run import answers

EXERCISES = [(unit, id) for unit in UNITS for id in load_unit(ROOT / "solutions" / unit).exercises]


def library() -> dict[str, Callable[..., Any]]:
    """Every function of the rooms that are closed, methods of their classes as well."""
    found: dict[str, Callable[..., Any]] = {}
    for info in pkgutil.walk_packages(utils.__path__, "utils."):
        if info.name.split(".")[1] in {name.removesuffix(".py") for name in OPEN}:
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if inspect.isfunction(value):
                found[f"{info.name}.{name}"] = value
            elif inspect.isclass(value) and value.__module__ == info.name:
                for method, function in vars(value).items():
                    if inspect.isfunction(function):
                        found[f"{info.name}.{name}.{method}"] = function
    return found


LIBRARY = library()


@pytest.mark.parametrize(("unit", "id"), EXERCISES, ids=[id for _, id in EXERCISES])
def test_nothing_in_the_library_answers_an_exercise(unit, id, monkeypatch):
    spec = load_unit(ROOT / "solutions" / unit).spec(id, 1)
    makers = {maker.partition(":")[0] for case in spec.cases for maker in run.makers(case.args)}
    needed = makers | {"utils.gradients.smooth_functions", "utils.gradients.bug_hunt"}
    with closed(spec.closed, needed if unit.startswith("09") else makers):
        monkeypatch.setattr(run, "closed", lambda *_: nullcontext())  # it is, once for all of them
        given = {
            name: answers(function, spec)
            for name, function in LIBRARY.items()
            if not any(name.startswith(module) for module in needed)
        }
    earned = {name: judge(spec, outcomes).score for name, outcomes in given.items()}
    assert len(earned) > 150 and not any(earned.values()), earned


def _adam() -> Any:
    return load_unit(ROOT / "solutions" / "12_training").spec("adam_update", 1)


def test_every_way_to_it_is_closed_and_open_again_afterwards():
    from utils.learner import stand_ins
    from utils.learner.stand_ins import adam_update as alias

    class Wrapper:
        def __call__(self, *args):
            return alias(*args)

    def imports(*args):
        return importlib.import_module("utils.learner.stand_ins").adam_update(*args)

    def walks(*args):
        return sys.modules["utils"].learner.stand_ins.adam_update(*args)

    def old_name(*args):
        from utils.stand_ins import adam_update  # noqa: F401

    def by_collector(*args):
        import gc

        (found,) = (
            f for f in gc.get_objects() if inspect.isfunction(f) and f.__name__ == "adam_update"
            and "stand_ins" in f.__code__.co_filename
        )  # fmt: skip
        return found(*args)

    spec = _adam()
    before = alias.__code__
    for way in (alias, stand_ins.adam_update, Wrapper(), lambda *a: alias(*a), imports, walks,
                old_name, by_collector):  # fmt: skip
        verdict = judge(spec, answers(way, spec))
        assert verdict.score == 0, way
    assert "is not your own" in judge(spec, answers(alias, spec)).first.message
    assert alias.__code__ is before
    alias(*spec.cases[0].args.values())  # open again


def test_the_fast_lstm_and_measured_gradients_are_closed():
    from utils.gradient_check import complex_step_gradient
    from utils.networks.lstm import LSTM
    from utils.networks.lstm_copies import hidden_states

    unit = load_unit(ROOT / "solutions" / "08_forward_propagation")
    spec = unit.spec("lstm_forward", 1)

    def fast(x, h0, c0, params):
        model = LSTM.from_params({**params, "V": np.zeros((h0.shape[1], 1)), "b_y": np.zeros(1)})
        return model.forward(x, h0, c0), model.cells, []

    assert judge(spec, answers(fast, spec)).score == 0
    spec = load_unit(ROOT / "solutions" / "11_bptt").spec("lstm_backward", 1)

    def measured(dh, caches, params):
        x = np.stack([cache["x"] for cache in caches])
        h0, c0 = caches[0]["h_prev"], caches[0]["c_prev"]
        inputs = {"x": x, "h0": h0, "c0": c0, **params}
        loss = lambda a: (dh * hidden_states(a["x"], a["h0"], a["c0"], a)).sum()  # noqa: E731
        grads = complex_step_gradient(loss, inputs)
        return grads.pop("x"), grads.pop("h0"), grads.pop("c0"), grads

    assert judge(spec, answers(measured, spec)).score == 0


def test_one_product_a_step_cannot_be_had_through_the_other_forward_pass(tmp_path, monkeypatch):
    source = (ROOT / "solutions" / "16_variants" / "earlier.py").read_text()
    (tmp_path / "earlier.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "earlier", raising=False)
    earlier = importlib.import_module("earlier")
    spec = load_unit(ROOT / "solutions" / "16_variants").spec("fused_lstm_forward", 1)

    def through(x, h0, c0, U, W, b):
        H = h0.shape[1]
        params = {}
        for k, gate in enumerate("figo"):
            part = slice(k * H, (k + 1) * H)
            params |= {f"U_{gate}": U[:, part], f"W_{gate}": W[:, part], f"b_{gate}": b[part]}
        h, c, _ = earlier.lstm_forward(x, h0, c0, params)
        return h, c

    assert judge(spec, answers(through, spec)).score == 0
    monkeypatch.setattr(run, "closed", lambda *_: nullcontext())
    assert judge(spec, answers(through, spec)).score > 0  # as right as ever


def test_honest_answers_may_use_what_is_no_answer():
    from utils.pictures.plots import COLOURS

    spec = load_unit(ROOT / "solutions" / "00_start_here").spec("sigmoid", 1)

    def sigmoid(z):
        assert COLOURS["forget"]
        small = np.exp(-np.abs(z))
        return np.where(z >= 0, 1 / (1 + small), small / (1 + small))

    assert judge(spec, answers(sigmoid, spec)).passed


def test_a_submission_gets_nothing_for_the_courses_own_functions(tmp_path):
    """In the sandbox, from the import to the verdict; what trains with the library still does."""
    notebook = solved("12_training")
    for cell in notebook["cells"]:
        id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if id in ("clip_by_global_norm", "sgd_update", "adam_update"):
            cell["source"] = f"from utils.learner.stand_ins import {id}"
    path = tmp_path / "training.ipynb"
    path.write_text(json.dumps(notebook))
    report = grade_notebook(path)
    scores = {exercise.id: exercise.score for exercise in report.exercises}
    own = {"clip_by_global_norm", "sgd_update", "adam_update", "train_step"}  # and what calls them
    assert scores["bptt_windows"] == 8 and {scores[id] for id in own} == {0}
    assert report.cell_errors == []
    first = next(c.message for c in report.exercises[0].checks if not c.passed and not c.waiting)
    assert "is not your own" in first
