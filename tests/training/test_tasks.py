"""The papers' tasks are the papers' tasks: every sentence of their description holds."""

import numpy as np
import pytest

from utils.training.tasks import (
    BRACKETS,
    CLASSES,
    EMBEDDED_REBER,
    REBER_SYMBOLS,
    SYMBOLS,
    ReberStreams,
    adding,
    anbn,
    brackets_and_quotes,
    embedded,
    reber_strings,
    temporal_order,
)


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


def walk(grammar, text):
    """The states of a walk through a grammar; fails where a symbol may not follow."""
    states = ["start"]
    for symbol in text:
        states.append(dict(grammar[states[-1]])[symbol])
    return states


def test_streams_are_one_embedded_reber_string_after_the_other():
    ids, legal = ReberStreams(np.random.default_rng(4), 5).take(400)
    for n in range(5):
        text = "".join(REBER_SYMBOLS[symbol] for symbol in ids[:, n])
        state, begin = "start", 0
        for t, symbol in enumerate(text):
            state = dict(EMBEDDED_REBER[state])[symbol]
            if state == "end":
                assert text[begin : t + 1][1] == text[begin : t + 1][-2]  # the T or P comes back
                state, begin = "start", t + 1
            follows = {symbol for symbol, _ in EMBEDDED_REBER[state]}
            assert {REBER_SYMBOLS[k] for k in np.flatnonzero(legal[t, n])} == follows


def test_streams_go_on_where_they_were_and_begin_anew_where_told():
    whole, _ = ReberStreams(np.random.default_rng(5), 3).take(60)
    parts = ReberStreams(np.random.default_rng(5), 3)
    assert np.array_equal(whole, np.vstack([parts.take(25)[0], parts.take(35)[0]]))
    inside = parts.state.copy()
    parts.restart(np.array([False, True, False]))
    assert parts.state[1] == 0 and np.array_equal(parts.state[[0, 2]], inside[[0, 2]])
    assert REBER_SYMBOLS[parts.take(1)[0][0, 1]] == "B"


def test_reber_strings_end_where_the_walk_ends():
    ids, legal, lengths = reber_strings(np.random.default_rng(6), 200)
    assert lengths.min() == 9 and lengths.max() <= 50
    for n in range(200):
        text = "".join(REBER_SYMBOLS[symbol] for symbol in ids[: lengths[n], n])
        states = walk(EMBEDDED_REBER, text)
        assert states[-1] == "end" and "end" not in states[:-1]
        assert (legal[: lengths[n], n].sum(axis=1) <= 2).all()
    both = {REBER_SYMBOLS[symbol] for symbol in ids[1]}
    assert both == {"T", "P"}


def test_more_inner_strings_are_more_to_endure():
    ids, legal, lengths = reber_strings(np.random.default_rng(6), 50, inner=3)
    for n in range(50):
        text = "".join(REBER_SYMBOLS[symbol] for symbol in ids[: lengths[n], n])
        assert walk(embedded(3), text)[-1] == "end"
        assert text[1] == text[-2] and text[2:-2].count("B") == text[2:-2].count("E") == 3
        assert [REBER_SYMBOLS[k] for k in np.flatnonzero(legal[lengths[n] - 3, n])] == [text[1]]


def test_anbn_and_what_may_follow():
    ids, legal = anbn([1, 3])
    assert ["".join("SabT"[k] for k in ids[:, n]) for n in (0, 1)] == ["SabTTTT", "SaaabbbT"[:7]]
    said = ["/".join("SabT"[k] for k in np.flatnonzero(row)) for row in legal[:, 1]]
    assert said == ["a", "a/b", "a/b", "a/b", "b", "b", "T"]


def test_brackets_nest_and_quotes_hide_them():
    ids, depth, quoted = brackets_and_quotes(np.random.default_rng(7), 30, 500)
    assert depth.min() == 0 and depth.max() == 6
    for n in range(30):
        level, inside = 0, False
        for t in range(500):
            symbol = BRACKETS[ids[t, n]]
            assert not (symbol == "." and (level or inside))
            if symbol == '"':
                inside = not inside
            elif not inside:
                level += (symbol == "(") - (symbol == ")")
            assert (depth[t, n], quoted[t, n]) == (level, inside)
    assert quoted.mean() == pytest.approx(0.2, abs=0.1)
    hidden = quoted[1:] & quoted[:-1]
    assert (np.isin(ids[1:], [4, 5]) & hidden).any()  # brackets do occur between quotes
