"""The plain RNN of unit 01 learns by a right gradient, and its task cannot be guessed."""

import numpy as np

from utils.networks.rnn import accuracy_after_training, loss_and_gradients, remember_first, start


def test_its_gradients_agree_with_central_differences():
    rng = np.random.default_rng(0)
    x, targets = remember_first(rng, 5, 4)
    weights = start(rng, 3)
    _, grads, _ = loss_and_gradients(weights, x, targets)
    for name, array in weights.items():
        measured = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            ends = []
            for move in (1e-5, -1e-5):
                moved = array.copy()
                moved[index] += move
                ends.append(loss_and_gradients(weights | {name: moved}, x, targets)[0])
            measured[index] = (ends[0] - ends[1]) / 2e-5
        apart = np.linalg.norm(measured - grads[name])
        assert apart < 1e-7 * (np.linalg.norm(measured) + np.linalg.norm(grads[name]))


def test_only_the_first_input_tells_the_class():
    x, targets = remember_first(np.random.default_rng(1), 8, 200)
    assert (x[0, :, :2].argmax(axis=1) == targets).all()
    assert not x[1:, :, :2].any()
    assert 60 < targets.sum() < 140


def test_a_short_lag_is_learned_and_a_long_one_is_not():
    assert accuracy_after_training(lag=3, seed=0) > 0.95
    assert accuracy_after_training(lag=100, seed=0, updates=150) < 0.65
