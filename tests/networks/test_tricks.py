"""Each trick is a pair that computes the same; only then is it a trick."""

import numpy as np
import pytest

from utils.networks.lstm import LSTM
from utils.networks.tricks import gains, in_turn, one_tanh, packed, tricks

RNG = np.random.default_rng(2)
D, H = 5, 4


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


PAIRS = tricks(RNG, RNG.normal(size=(D, 4 * H)), RNG.normal(size=(H, 4 * H)), sigmoid, T=6, N=3)


@pytest.mark.parametrize("name", PAIRS)
def test_both_of_a_pair_compute_the_same(name):
    (before, *given), (after, *other) = PAIRS[name]
    results = before(*given), after(*other)
    got = other[-1] if results[1] is None else results[1]  # the one that writes in place
    np.testing.assert_allclose(got, results[0], rtol=1e-4 if "float32" in name else 1e-12)


def test_one_call_of_tanh_makes_the_lstm():
    layer = LSTM(D, H, rng=RNG, dtype="f8")
    x, zero = RNG.normal(size=(6, 3, D)), np.zeros((3, H))
    h, c = one_tanh(x, zero, zero, *packed(layer.params))
    np.testing.assert_allclose(h, layer.forward(x), rtol=0, atol=1e-12)
    np.testing.assert_allclose(c, layer.cells, rtol=0, atol=1e-12)


def test_runs_are_timed_by_name_and_a_gain_is_their_ratio():
    times = in_turn(short=(np.ones, 3), long=(np.ones, 300_000))
    assert times["long"] > times["short"] > 0
    pair = {"fewer ones": ((np.ones, 300_000), (np.ones, 3))}
    assert gains(pair)["fewer ones"] > 1
