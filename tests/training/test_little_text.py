"""Unit 19's networks: their gradients, their measuring without dropout, and what a fit keeps."""

import numpy as np
import pytest

from utils.training.little_text import Fit, Reader, fit, windows
from utils.training.seeds import interval


@pytest.mark.parametrize("form", [{}, {"norm": True}, {"p": 0.4}, {"p": 0.4, "norm": True},
                                  {"layers": 1}])  # fmt: skip
def test_an_update_goes_downhill_as_far_as_the_gradient_says(form):
    rng = np.random.default_rng(1)
    x, y = rng.integers(6, size=(2, 7, 4))
    reader = Reader(6, 10, np.random.default_rng(2), **form)
    start = reader.params

    def loss(params):
        reader.load(params)
        reader.rng = np.random.default_rng(3)  # the same masks each time
        z, _, _ = reader.forward(x, None, learning=True)
        z = z.astype(float)
        right = np.take_along_axis(z, y[..., None], axis=2)[..., 0]
        return (np.log(np.exp(z).sum(axis=2)) - right).mean()

    loss(start)
    reader.rng = np.random.default_rng(3)
    reader.update(x, y, None, lr=0.0)
    flat = [net.flat_grads.copy() for net in reader.nets] + [
        a.copy() for a in reader.grads.values()
    ]
    grads = dict(zip(start, flat, strict=True))
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    eps = 1e-2 / norm
    up, down = (
        loss({n: a + (s * eps * grads[n] / norm).astype("f4") for n, a in start.items()})
        for s in (1, -1)
    )
    assert np.isclose((up - down) / (2 * eps), norm, rtol=2e-2)


def test_nothing_is_dropped_when_a_text_is_measured():
    ids = np.random.default_rng(0).integers(6, size=500)
    reader = Reader(6, 10, np.random.default_rng(2), p=0.5, norm=True)
    assert reader.loss(ids) == reader.loss(ids)


def test_windows_hold_the_next_character():
    x, y = windows(np.arange(100), 3, 8)
    assert x.shape == (4, 8, 3) and np.array_equal(y, x + 1)
    assert np.array_equal(x[1, 0], x[0, -1] + 1)


def test_a_fit_keeps_the_weights_of_every_epoch_and_knows_the_best():
    ids = np.tile(np.arange(5), 400)
    one = Fit(ids, ids[:300], 5, seed=0, H=12, p=0.1)
    fit({"it": [one]}, 4, "test")
    assert len(one.history) == len(one.learning) == len(one.validation) == 4
    assert one.validation[one.best] == min(one.validation) < one.validation[0]
    assert np.isclose(one.loss_with(one.history[0], ids[:300]), one.validation[0])


def test_an_interval_is_students():
    mean, half = interval([1.0, 2.0, 3.0])
    assert mean == 2.0 and np.isclose(half, 4.303 / np.sqrt(3))
    with pytest.raises(ValueError, match="spread"):
        interval([1.0])
