"""Dropout, layer norm and averaged weights, as unit 19's networks use them."""

import numpy as np

from utils.gradient_check import check_gradients
from utils.networks.regular import average_weights, dropout_mask, layer_norm, layer_norm_backward


def test_layer_norm_and_its_way_back():
    rng = np.random.default_rng(19)
    at = {"x": 5 + rng.normal(size=(2, 3, 6)), "gain": rng.normal(size=6), "bias": np.zeros(6)}
    dy = rng.normal(size=(2, 3, 6))
    _, cache = layer_norm(**at)
    assert np.allclose(cache["x_hat"].mean(axis=-1), 0)
    assert np.allclose(cache["x_hat"].var(axis=-1), 1, atol=1e-3)
    grads = dict(zip(at, layer_norm_backward(dy, cache), strict=True))
    assert check_gradients(lambda a: (dy * layer_norm(**a)[0]).sum(), at, grads).passed


def test_a_mask_keeps_the_mean_and_leaves_out_its_share():
    mask = dropout_mask(np.random.default_rng(0), (300, 300), 0.3)
    assert abs((mask == 0).mean() - 0.3) < 0.01 and abs(mask.mean() - 1) < 0.01
    assert np.array_equal(np.unique(mask), [0, 1 / 0.7])


def test_the_newest_weights_are_averaged():
    history = [{"a": np.full(2, float(k))} for k in range(5)]
    assert average_weights(history, 3)["a"].tolist() == [3.0, 3.0]
    assert average_weights(history, 9)["a"].tolist() == [2.0, 2.0]
