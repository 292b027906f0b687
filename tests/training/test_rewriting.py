"""Unit 20's tasks, its training, and the search."""

import re
from itertools import product

import numpy as np
import pytest

from utils.networks.small_decoder import small_decoder
from utils.training.rewriting import Dates, Reversal, Trained, exact, learn, right_by_step
from utils.training.search import beam_search


def test_a_string_is_to_be_written_backwards():
    task = Reversal(longest=9)
    source, mask, targets = task.draw(np.random.default_rng(0), 4, length=5)
    read = "".join(task.reads[k] for k in source[:, 2])
    assert read[-1] == "." and read[-2::-1] == "".join(task.writes[k] for k in targets[:, 2])
    assert mask.all() and 0 not in targets


def test_dates_are_written_as_iso_8601_has_them():
    task = Dates()
    rng = np.random.default_rng(0)
    for text, answer in (task.pair(rng) for _ in range(200)):
        assert re.fullmatch(r"(19|20)\d\d-[01]\d-[0-3]\d", answer)
        assert answer[:4] in text and len(text) < task.LENGTH
    source, mask, targets = task.draw(rng, 50)
    assert source.shape == mask.shape == (task.LENGTH, 50) and targets.shape == (10, 50)
    padding = np.array(list(task.reads))[source] == "_"
    assert np.array_equal(mask, ~padding) and padding.any()


@pytest.mark.parametrize("feed", ["teacher", "own"])
def test_short_strings_are_learned(feed):
    task = Reversal(longest=3, letters=4)
    trained = Trained(task, 24, 250, feed=feed)
    learn({"it": [trained]}, "short", task.draw(np.random.default_rng(1), 50, 3), every=250)
    test = task.draw(np.random.default_rng(2), 200, 3)
    assert exact(trained.net, *test) > 0.9 and trained.scores[-1][0] == 250
    led, free = right_by_step(trained.net, *test)
    assert led.shape == free.shape == (3,) and led[0] == free[0]


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_that_holds_all_finds_the_best_and_a_narrow_one_is_greedy(seed):
    step, start = small_decoder(f"{seed}/3/4"), (np.ones(4), 1)

    def score(ids):
        state, last, total = *start, 0.0
        for k in ids:
            log_p, state = step(state, last)
            total, last = total + log_p[k], k
        return total

    everything = sorted(
        ((score(ids), list(ids)) for ids in product(range(3), repeat=4)), reverse=True
    )
    found = beam_search(step, start, 81, 4)
    assert [ids for _, ids in found] == [ids for _, ids in everything]
    assert np.allclose([s for s, _ in found], [s for s, _ in everything])
    ((_, greedy),) = beam_search(step, start, 1, 4)
    log_p, _ = step(*start)
    assert greedy[0] == log_p.argmax()
