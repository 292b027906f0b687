"""Tasks asked at the last step: the gradients are those of the loss; the right models learn."""

import numpy as np
import pytest

from utils.networks.lstm import LSTM
from utils.networks.rnn import RNN
from utils.training.last_step import gradients, outputs, wrong
from utils.training.tasks import Batch, adding, temporal_order
from utils.training.train import Adam, clip, falling


def models(D, K):
    rng = np.random.default_rng(4)
    return {
        "rnn": RNN(D, 5, K, rng=rng, dtype=np.float64),
        "lstm": LSTM(D, 4, K, rng=rng, dtype=np.float64),
    }


def batch(kind):
    """Three sequences of different lengths; what lies behind their ends must not count."""
    rng = np.random.default_rng(5)
    last = np.array([5, 3, 4])
    if kind == "numbers":
        return Batch(rng.normal(size=(6, 3, 2)), rng.normal(size=3), last)
    return Batch(rng.integers(3, size=(6, 3)), rng.integers(4, size=3), last)


@pytest.mark.parametrize("name", ["rnn", "lstm"])
@pytest.mark.parametrize(("kind", "D", "K"), [("numbers", 2, 1), ("classes", 3, 4)])
def test_every_gradient_is_that_of_the_loss(name, kind, D, K):
    model, given = models(D, K)[name], batch(kind)
    loss, _ = gradients(model, given)
    found = {key: array.copy() for key, array in model.grads.items()}
    assert found.keys() == model.params.keys()
    for key, array in model.params.items():
        truth = np.empty_like(array)
        for index in np.ndindex(array.shape):
            value, both = array[index], []
            for move in (1e-5, -1e-5):
                array[index] = value + move
                both.append(gradients(model, given)[0])
            array[index] = value
            truth[index] = (both[0] - both[1]) / 2e-5
        np.testing.assert_allclose(found[key], truth, rtol=1e-6, atol=1e-9, err_msg=key)
    assert loss == pytest.approx(gradients(model, given)[0], rel=1e-15)


def test_the_loss_is_the_squared_error_or_the_cross_entropy():
    for kind, D, K in (("numbers", 2, 1), ("classes", 3, 4)):
        model, given = models(D, K)["lstm"], batch(kind)
        _, y = outputs(model, given)
        if kind == "numbers":
            expected = np.mean((y[:, 0] - given.targets) ** 2)
        else:
            p = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
            expected = -np.log(p[np.arange(3), given.targets]).mean()
        assert gradients(model, given)[0] == pytest.approx(expected, rel=1e-12)


def test_right_is_what_the_paper_calls_right():
    class Says:
        """A model whose outputs at the last step are given."""

        params = {"V": np.eye(4), "b_y": np.zeros(4)}  # noqa: RUF012

        def __init__(self, y):
            self.y = np.asarray(y, dtype=float)

        def forward(self, x):
            return self.y[None]

    zero = np.zeros(3, int)
    values = Says([[0.539, 0, 0, 0], [0.541, 0, 0, 0], [0.4601, 0, 0, 0]])
    assert wrong(values, Batch(np.zeros((1, 3, 1)), np.full(3, 0.5), zero)) == 1
    p = np.array([[0.71, 0.29, 0, 0], [0.69, 0.31, 0, 0], [0.2, 0.8, 0, 0]]) + 1e-9
    assert wrong(Says(np.log(p)), Batch(np.zeros((1, 3), int), zero, zero)) == 2


def learned(model, task, updates, lr):
    rng = np.random.default_rng(1)
    adams = {name: Adam(array.reshape(-1)) for name, array in model.params.items()}
    for update in range(1, updates + 1):
        loss, _ = gradients(model, task(rng, 32))
        for name, adam in adams.items():
            grad = model.grads[name].reshape(-1).copy()
            clip(grad, 1.0)
            adam.update(grad, falling(lr, update, updates))
        for name, adam in adams.items():
            model.params[name][...] = adam.flat.reshape(model.params[name].shape)
    return loss


def test_the_lstm_learns_temporal_order_and_the_plain_rnn_does_not():
    rng = np.random.default_rng(0)
    lstm = LSTM(8, 16, 4, rng=rng, forget_bias=3.0, input_bias=-1.0, input_scale=1.0)
    learned(lstm, temporal_order, 600, 0.01)
    rnn = RNN(8, 32, 4, rng=rng)
    learned(rnn, temporal_order, 600, 0.003)
    fresh = temporal_order(np.random.default_rng(2), 500)
    assert wrong(lstm, fresh) <= 5 and wrong(rnn, fresh) >= 490


def test_a_learning_that_is_cut_short_has_learned_nothing_yet():
    rng = np.random.default_rng(0)
    lstm = LSTM(2, 16, 1, rng=rng, forget_bias=5.0, input_bias=-2.0, input_scale=1.0)
    learned(lstm, adding, 5, 0.02)
    assert wrong(lstm, adding(np.random.default_rng(2), 500)) > 300
