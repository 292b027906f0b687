"""Whatever a function returns, in whatever order, the judge answers; and nothing earns nothing."""

from __future__ import annotations

import datetime
import fractions
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, UNITS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.authoring.exercise import load_unit
from utils.judging.judge import judge
from utils.judging.protocol import answer, read_reply, write_request
from utils.judging.run import answers
from utils.judging.spec import Spec

EXERCISES = [(unit, id) for unit in UNITS for id in load_unit(ROOT / "solutions" / unit).exercises]

odd = st.sampled_from(
    [
        None,
        ...,
        NotImplemented,
        object(),
        int,
        len,
        np,
        np.float64,
        np.datetime64("2026-01-01"),
        np.timedelta64(3, "s"),
        np.array(["a", "bc"]),
        np.array([object(), None], dtype=object),
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.ones((1, 2)).view(np.recarray),
        np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
        np.array(3),
        np.random.default_rng(0),
        datetime.date(2026, 1, 1),
        fractions.Fraction(1, 3),
        range(3),
        {1, 2},
        b"bytes",
        bytearray(b"bytes"),
        memoryview(b"bytes"),
        float("nan"),
        float("-inf"),
        10**400,
        -(2**63) - 1,
        1j,
        "\ud800",
        "x" * 10_000,
        (value for value in (1, 2)),
        {"a": {"b": {"c": [None]}}},
        {3: "not a string"},
        np.float16(1.5),
        np.longdouble(1.5),
        np.complex64(1j),
        np.bool_(True),
        np.zeros((0, 3)),
        np.zeros((2, 0, 4), dtype=np.int8),
    ]
)
numbers = st.one_of(st.integers(), st.floats(), st.booleans(), st.complex_numbers())
arrays = hnp.arrays(
    dtype=st.one_of(hnp.floating_dtypes(), hnp.integer_dtypes(), hnp.boolean_dtypes()),
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
leaves = st.one_of(odd, numbers, arrays, st.text(max_size=8), st.none())
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=4), inner, max_size=4),
    ),
    max_leaves=8,
)


def specs() -> dict[tuple[str, str], Spec]:
    return {
        (unit, id): load_unit(Path(ROOT / "solutions" / unit)).spec(id) for unit, id in EXERCISES
    }


SPECS = specs()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    which=st.sampled_from(EXERCISES),
    values=st.lists(trees, min_size=1, max_size=4),
    mix=st.booleans(),
)
def test_the_judge_answers_whatever_comes(which, values, mix):
    """At home and over the wire; where `mix`, right answers are among the others."""
    spec = SPECS[which]
    reference = load_unit(ROOT / "solutions" / which[0]).exercises[which[1]].reference
    turns = cycle([*values, reference] if mix else values)

    def function(*args: Any) -> Any:
        value = next(turns)
        return value(*args) if value is reference else value

    at_home = judge(spec, answers(function, spec))
    reply = answer(spec.exercise, write_request(spec), 20.0, {spec.exercise: function})
    graded = judge(spec, read_reply(reply, spec))
    for verdict in (at_home, graded):
        assert 0 <= verdict.score <= verdict.max_score
        assert all(check.passed or check.message for check in verdict.checks)


def _filled(value: Any, number: float) -> Any:
    match value:
        case np.ndarray() | np.generic():
            return np.full_like(value, number)
        case bool():
            return False
        case int() | float():
            return type(value)(number)
        case str():
            return ""
        case dict():
            return {key: _filled(item, number) for key, item in value.items()}
        case list():
            return [_filled(item, number) for item in value]
        case tuple():
            return tuple(_filled(item, number) for item in value)
    return value


@pytest.mark.parametrize(("unit", "id"), EXERCISES, ids=[id for _, id in EXERCISES])
def test_what_computes_nothing_earns_nothing(unit, id):
    exercise = load_unit(ROOT / "solutions" / unit).exercises[id]
    for seed in (1, 2):
        spec = load_unit(ROOT / "solutions" / unit).spec(id, seed)
        for name, function in {
            "None": lambda *args: None,
            "zeros": lambda *args: _filled(exercise.reference(*args), 0),
            "ones": lambda *args: _filled(exercise.reference(*args), 1),
            "the first argument": lambda *args: args[0],
            "a copy of the first": lambda *args: np.copy(args[0]),
            "the last argument": lambda *args: args[-1],
            "0.0": lambda *args: 0.0,
            "an empty list": lambda *args: [],
            "a text": lambda *args: "",
        }.items():
            verdict = judge(spec, answers(function, spec))
            assert verdict.score == 0, (name, [c.name for c in verdict.checks if c.passed])
