"""The papers' tasks are the papers' tasks: every sentence of their description holds."""

import numpy as np
import pytest

from utils.tasks import CLASSES, SYMBOLS, adding, temporal_order


def test_the_adding_problem_is_the_papers():
    x, targets, last = adding(np.random.default_rng(1), 5000, T=100)
    assert set(last + 1) == set(range(100, 111))
    assert x.shape == (110, 5000, 2) and np.abs(x[:, :, 0]).max() <= 1
    assert x[:, :, 0].min() < -0.99 and x[:, :, 0].max() > 0.99
    rows = np.arange(5000)
    assert (x[0, :, 1] == -1).all() and (x[last, rows, 1] == -1).all()
    marked = [np.flatnonzero(x[:, n, 1] == 1) for n in rows]
    assert {len(steps) for steps in marked} == {1, 2}  # 1 where the first step was drawn
    assert 0.05 < np.mean([len(steps) == 1 for steps in marked]) < 0.17
    assert all(steps.min() < 10 or len(steps) == 1 for steps in marked)
    assert max(steps.max() for steps in marked) == 100 // 2 - 2
    for n in rows[:300]:
        assert targets[n] == pytest.approx(0.5 + x[marked[n], n, 0].sum() / 4, abs=1e-15)
        assert set(x[1 : last[n], n, 1]) <= {0.0, 1.0}
    assert targets.var() == pytest.approx(2 / 3 / 16, rel=0.12)


def test_temporal_order_is_the_papers():
    x, targets, last = temporal_order(np.random.default_rng(2), 4000)
    assert set(last + 1) == set(range(100, 111))
    first, second = set(), set()
    for n in range(1000):
        text = "".join(SYMBOLS[symbol] for symbol in x[: last[n] + 1, n])
        assert text[0] == "E" and text[-1] == "B" and set(text[1:-1]) <= set("abcdXY")
        places = [place for place, symbol in enumerate(text) if symbol in "XY"]
        assert text[places[0]] + text[places[1]] == CLASSES[targets[n]] and len(places) == 2
        first.add(places[0])
        second.add(places[1])
    assert (first, second) == (set(range(10, 21)), set(range(50, 61)))
    assert np.bincount(targets).min() > 850


@pytest.mark.parametrize("task", [adding, temporal_order])
def test_the_same_generator_gives_the_same_sequences(task):
    one, other = (task(np.random.default_rng(3), 4) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_adding_needs_room():
    with pytest.raises(ValueError, match="at least 20"):
        adding(np.random.default_rng(0), 1, T=10)
