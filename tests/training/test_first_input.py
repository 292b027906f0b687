"""Units 01 and 08: the task cannot be guessed, and what each network makes of it."""

import numpy as np
import pytest

from utils.training.first_input import (
    STARTS,
    accuracy_after_training,
    lstm_accuracy,
    remember_first,
)


def test_only_the_first_input_tells_the_class():
    batch = remember_first(np.random.default_rng(1), 8, 200)
    assert (batch.x[0, :, :2].argmax(axis=1) == batch.targets).all()
    assert not batch.x[1:, :, :2].any()
    assert 60 < batch.targets.sum() < 140 and (batch.last == 8).all()


@pytest.mark.parametrize("start", STARTS)
def test_a_short_lag_is_learned_from_every_start(start):
    assert accuracy_after_training(3, 0, start, updates=150) > 0.95


def test_at_eighty_steps_the_lstm_learns_with_a_large_forget_bias_and_not_with_a_small_one():
    assert lstm_accuracy(80, 0, 5.0) > 0.95 and lstm_accuracy(80, 0, 1.0) < 0.65
    assert accuracy_after_training(100, 0, updates=150) < 0.65
