"""Exercises that draw at random: wrong laws lose points, whatever gave right ones keeps them all.

Right answers are given generators whose numbers are spoilt in one way, all made from uniform draws
of the generator that the judge passed in. With numbers that are not spoilt they are honest answers
of another kind: other draws, by other methods, than the course's own.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from conftest import ROOT, UNITS

from autograder.authoring.exercise import load_unit
from autograder.authoring.mutants import solutions
from utils.judging import chance
from utils.judging.judge import judge
from utils.judging.run import answers
from utils.judging.spec import read_spec

UNIT = {id: unit for unit in UNITS for id in load_unit(ROOT / "solutions" / unit).exercises}


class From:
    """A generator that makes all from uniform numbers, one block spoilt at a time."""

    def __init__(self, rng, spoil):
        self.rng, self.spoil, self.kept = rng, spoil, []

    def random(self, size=None):
        if size is not None and np.prod(size) > 1:
            shape = (size,) if isinstance(size, int) else tuple(size)
            return np.clip(self.spoil(self.rng, shape), 1e-12, 1 - 1e-12)
        if not self.kept:
            self.kept = list(np.clip(self.spoil(self.rng, (8, 4)), 1e-12, 1 - 1e-12).ravel())
        return self.kept.pop(0) if size is None else np.full(size, self.kept.pop(0))

    def uniform(self, low, high, size=None):
        return low + (high - low) * self.random(size)

    def normal(self, size):
        u = self.random(size)
        return np.array([NormalDist().inv_cdf(p) for p in u.ravel()]).reshape(u.shape)

    def integers(self, n, size=None):
        drawn = self.random(size) * n
        return int(drawn) if size is None else drawn.astype(int)


def _lower(change):
    """The last half of a block is made of its first half."""

    def spoil(rng, shape):
        u = rng.random(shape)
        half = len(u) // 2
        u[len(u) - half :] = change(u[:half])
        return u

    return spoil


def _even(rng, shape):
    n = int(np.prod(shape))
    return ((rng.permutation(n) + rng.random(n)) / n).reshape(shape)


def _repeated(rng, shape):
    return np.repeat(rng.random(shape), 2, axis=0)[: shape[0]]


SPOILT = {
    "rows twice": _repeated,
    "first half again": _lower(lambda u: u),
    "first half mirrored": _lower(lambda u: u[::-1]),
    "first half's opposite": _lower(lambda u: 1 - u),
    "one row for all": lambda rng, shape: np.broadcast_to(rng.random(shape[1:]), shape).copy(),
    "one number for all": lambda rng, shape: np.full(shape, rng.random()),
    "spread evenly": _even,
    "a little too large": lambda rng, shape: rng.random(shape) ** 0.85,
    "a little too small": lambda rng, shape: rng.random(shape) ** 1.15,
    "in the middle": lambda rng, shape: (rng.random(shape) + rng.random(shape)) / 2,
    "ignores the generator": lambda rng, shape: np.random.default_rng(3).random(shape),
}
DRAWS = {  # where the generator stands among the arguments, and what is right all the same
    "init_params": (0, {"spread evenly"}),  # the law of each matrix alone; see below
    "torch_init": (0, set()),
    "dropout_mask": (0, set()),
    "sample_next": (2, {"in the middle"}),
    # that its numbers are drawn right is sample_next's matter, of which more are counted
    "generate": (5, {"in the middle", "first half mirrored", "spread evenly",
                     "a little too large", "a little too small"}),
    "draw_string": (1, {"in the middle"}),
    "beats_baseline": (2, {"rows twice", "first half again", "first half mirrored",
                           "first half's opposite", "spread evenly"}),
}  # fmt: skip


def by_sums(logits, temperature, rng):
    """sample_next from one uniform number a row."""
    z = logits / temperature
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    p = (p / p.sum(axis=-1, keepdims=True)).cumsum(axis=-1)
    u = rng.random((*logits.shape[:-1], 1))
    return np.minimum((p <= u).sum(axis=-1), logits.shape[-1] - 1)


@pytest.fixture(scope="module")
def right():
    names = solutions(ROOT) | {"sample_next": by_sums}
    # the notebook's own generate looks up sample_next among its names
    names["generate"].__globals__["sample_next"] = by_sums
    return names


def drawing(function, place, spoil):
    def answer(*args):
        return function(*(From(arg, spoil) if k == place else arg for k, arg in enumerate(args)))

    return answer


@pytest.mark.parametrize("id", DRAWS)
def test_wrong_laws_lose_points_and_right_ones_keep_them(right, id):
    place, fair = DRAWS[id]
    unit = load_unit(ROOT / "solutions" / UNIT[id])
    spec = unit.spec(id, 5)
    honest = drawing(right[id], place, lambda rng, shape: rng.random(shape))
    verdict = judge(spec, answers(honest, spec))
    assert [(c.name, c.message) for c in verdict.checks if not c.passed] == []
    passed = {
        name
        for name, spoil in SPOILT.items()
        if judge(spec, answers(drawing(right[id], place, spoil), spec)).passed
    }
    assert passed - fair == set()


def test_every_exercise_that_draws_is_tried():
    given = {
        id
        for id, unit in UNIT.items()
        for case in read_spec((ROOT / "notebooks" / unit / "cases.npz").read_bytes(), id).cases
        if any("default_rng" in repr(value) for value in case.args.values())
    }
    assert given == DRAWS.keys()


def test_right_draws_are_never_taken_for_copies():
    """Three hundred times, at the smallest sizes in use."""
    for seed in range(300):
        rng = np.random.default_rng(seed)
        signs = rng.choice([-1, 1], size=(12, 7, 9, 21))
        assert set(chance.copies(signs).values()) == {0.0}
        assert chance.in_a_row(rng.choice([-1, 1], size=(20, 150))) == chance.BESIDE
