"""The relatives at work: right gradients through whole networks, tasks that ask what they say."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from utils.gradient_check import check_gradients
from utils.networks import variants
from utils.training import relatives, small_tasks

NETS = {
    "gru": partial(relatives.gru, variants, variants.gru_cache, D=6, H=3, K=2),
    "peephole": partial(relatives.peephole, variants, variants.peephole_cache, D=6, H=3, K=2),
    "stacked": partial(relatives.stacked, variants, D=6, H=3, K=2, L=3),
    "bidirectional": partial(relatives.bidirectional, variants, D=6, H=3, K=2),
    "both ways twice": partial(relatives.both_ways_twice, variants, D=6, H=3, K=2),
}


@pytest.mark.parametrize("name", NETS)
def test_a_network_learns_by_the_gradient_of_its_loss(name):
    rng = np.random.default_rng(3)
    net = NETS[name](0)
    net.flat += 0.3 * rng.normal(size=net.flat.shape)
    task = small_tasks.questions(rng, n=3, T=5)
    loss, grads = net.loss_and_gradients(task)
    assert loss == pytest.approx(net.loss(task, net.params), rel=1e-12)
    assert grads.keys() == net.params.keys()
    report = check_gradients(lambda at: net.loss(task, at), net.params, grads, route="central")
    assert report.headline.endswith(f"{len(grads)} right")


def test_a_wrong_function_makes_a_wrong_gradient():
    def forgets(dh, cache, params):
        dx, dh_prev, grads = variants.gru_step_backward(dh, cache, params)
        return dx, dh_prev - dh * cache["z"], grads

    mine = SimpleNamespace(gru_step=variants.gru_step, gru_step_backward=forgets)
    rng = np.random.default_rng(3)
    net = relatives.gru(mine, variants.gru_cache, 0, D=6, H=3, K=2)
    task = small_tasks.questions(rng, n=3, T=5)
    _, grads = net.loss_and_gradients(task)
    report = check_gradients(lambda at: net.loss(task, at), net.params, grads, route="central")
    assert not report.headline.endswith(f"{len(grads)} right")


def test_training_lowers_the_loss_and_two_of_a_seed_are_the_same():
    losses = [
        relatives.learn(NETS["bidirectional"](1), small_tasks.questions, 60, seed=1)
        for _ in range(2)
    ]
    assert np.array_equal(*losses)
    assert losses[0][-5:].mean() < 0.6 * losses[0][:5].mean()


def test_trials_train_each_from_each_seed(capsys):
    score = relatives.counts_up_to
    draw = lambda rng: small_tasks.counting(rng.integers(1, 4, size=4))  # noqa: E731
    nets = {"one": partial(relatives.stacked, variants, D=2, H=2, K=2, L=1)}
    scores = relatives.trials(nets, draw, score, range(2), updates=2)
    assert scores["one"].shape == (2,)
    assert "one " in capsys.readouterr().out


def test_counting_stops_before_the_first_mistake():
    class Up:
        """Right up to four."""

        def errors(self, task):
            return float(task.x[:, 0, 0].sum() > 4)

    assert relatives.counts_up_to(Up()) == 4
    assert relatives.counts_up_to(Up(), most=3) == 3


def test_counting_asks_at_every_b_for_the_last():
    x, targets, asked = small_tasks.counting(np.array([1, 3]))
    assert x[:, 1].argmax(axis=1).tolist() == [0, 0, 0, 1, 1, 1]
    assert targets.T.tolist() == [[0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]]
    assert asked.T.astype(int).tolist() == [[0, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1]]
    assert not x[2:, 0].any()


def test_a_letter_is_of_a_question_where_the_next_mark_says_so():
    questions = small_tasks.questions(np.random.default_rng(4), n=20, T=25)
    compared = small_tasks.agreement(np.random.default_rng(4), n=20, T=25)
    ids = questions.x.argmax(axis=2)
    for n in range(20):
        for t in range(25):
            assert questions.asked[t, n] == (ids[t, n] < 4)
            after = next(i for i in ids[t:, n] if i >= 4) - 4
            before = next((i for i in ids[:t, n][::-1] if i >= 4), 4) - 4
            assert questions.targets[t, n] == after
            assert compared.targets[t, n] == (before != after)
    assert abs(questions.targets.mean() - 0.5) < 0.15


def test_parities_lie_one_upon_the_other():
    x, targets, asked = small_tasks.parity_of_parities(np.random.default_rng(5), n=6, T=9)
    for n in range(6):
        one = two = three = 0
        for t in range(9):
            one = (one + int(x[t, n, 0] > 0)) % 2
            two = (two + one) % 2
            three = (three + two) % 2
            assert targets[t, n] == three
    assert asked.all()
