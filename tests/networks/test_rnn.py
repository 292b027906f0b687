"""The plain RNN's gradients, and the name that has left its module."""

import numpy as np

from utils.networks import rnn
from utils.networks.rnn import RNN
from utils.training.first_input import accuracy_after_training


def test_what_older_notebooks_import_from_here_is_found():
    assert rnn.accuracy_after_training is accuracy_after_training
    assert not hasattr(rnn, "start")


def test_the_model_s_loss_has_the_gradient_it_says():
    rng = np.random.default_rng(3)
    model = RNN(4, 3, 4, rng=rng, dtype=np.float64)
    ids, mask = rng.integers(4, size=(6, 2)), rng.random((5, 2)) < 0.7
    loss = lambda: model.loss_and_gradients(ids[:-1], ids[1:], mask)[0]  # noqa: E731
    loss()
    mine, measured = model.flat_grads.copy(), np.empty_like(model.flat)
    for k in range(len(measured)):
        ends = []
        for step in (1e-6, -2e-6):
            model.flat[k] += step
            ends.append(loss())
        model.flat[k] += 1e-6
        measured[k] = (ends[0] - ends[1]) / 2e-6
    assert np.allclose(mine, measured, rtol=1e-6, atol=1e-9)
