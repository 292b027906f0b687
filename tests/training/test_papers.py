"""The papers' experiments as runs: repeatable, scored by whoever is asked, f = 1 where told."""

import numpy as np
import pytest

from utils.training import papers


def all_steps(outputs, legal):
    return np.ones(legal.shape[:2], bool)


def no_step(outputs, legal):
    return np.zeros(legal.shape[:2], bool)


def every_string(right, lengths):
    return right.all(axis=0)


def first(right):
    return np.where(right.all(axis=0), len(right), (~right).argmax(axis=0))


def near(outputs, targets, tolerance):
    return (np.abs(outputs - targets) < tolerance).all(axis=1)


RUNS = {
    "Reber": lambda: papers.embedded_reber(1, no_step, every_string, 320, live=False),
    "with": lambda: papers.continual_reber(1, all_steps, first, True, 4, 500, live=False),
    "without": lambda: papers.continual_reber(1, all_steps, first, False, 4, 500, live=False),
    "adding": lambda: papers.adding_problem(1, near, 96, live=False),
    "order": lambda: papers.order_problem(1, near, 96, live=False),
    "counter": lambda: papers.counter(1, no_step, every_string, 5, live=False)[0],
}


@pytest.mark.parametrize("name", RUNS)
def test_a_seed_gives_the_same_run_twice(name):
    one, other = RUNS[name](), RUNS[name]()
    assert (one.numbers, one.solved, one.sequences) == (
        other.numbers,
        other.solved,
        other.sequences,
    )
    assert one.updates > 0 and one.seed == 1


def test_the_score_is_that_of_the_functions_passed_in():
    run = papers.embedded_reber(0, all_steps, every_string, 3200, live=False)
    assert run.solved and (run.updates, run.sequences) == (20, 320)  # the first time it is asked
    run = papers.embedded_reber(0, no_step, every_string, 640, live=False)
    assert (
        not run.solved and run.updates == 40 and run.numbers["wrong of 2,000 new strings"] == 2000
    )
    assert papers.continual_reber(0, all_steps, first, updates=1, symbols=500, live=False).solved
    none = papers.continual_reber(0, no_step, first, updates=1, symbols=500, live=False)
    assert not none.solved and none.numbers["first error"] == 0
    assert papers.counter(0, all_steps, every_string, 1, live=False)[0].numbers == {
        "right up to n": 60
    }


@pytest.mark.parametrize(
    "run, outputs, tolerance",
    [(papers.adding_problem, 1, 0.04), (papers.order_problem, 4, 0.3)],
)
def test_adding_and_order_ask_with_the_papers_tolerance(run, outputs, tolerance):
    asked = []

    def judged(y, targets, within):
        asked.append((y.shape, targets.shape, within))
        return np.arange(len(y)) >= 25

    assert run(0, judged, 64, live=False).solved  # 25 of 2,560 are 1 %
    assert asked == [((2560, outputs), (2560, outputs), tolerance)]
    assert not run(0, lambda y, *rest: np.arange(len(y)) >= 26, 64, live=False).solved


def test_adding_and_order_stop_after_2000_right_in_a_row(monkeypatch):
    told = []

    def missed(model, batch):
        told.append(0 if len(told) > 2 else 1)
        return 0.1, told[-1]

    monkeypatch.setattr(papers, "gradients", missed)
    run = papers.order_problem(0, near, 3200, live=False)
    assert run.updates == 3 + 63 and run.sequences == 66 * 32  # 63 batches are the first 2,000
    told.clear()
    assert papers.order_problem(0, near, 640, live=False).updates == 20


def test_without_a_forget_gate_f_is_exactly_one(monkeypatch):
    models = []

    class Watched(papers.LSTM):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            models.append(self)

    monkeypatch.setattr(papers, "LSTM", Watched)
    for forget_gate in (False, True):
        papers.continual_reber(2, all_steps, first, forget_gate, 10, 500, live=False)
    without, with_gate = (model.gates["f"] for model in models)
    assert (without == 1).all() and (with_gate < 1).any()


def test_training_makes_a_difference():
    def right(outputs, legal):
        return np.where(legal, outputs, np.inf).min(-1) > np.where(legal, -np.inf, outputs).max(-1)

    def strings(right, lengths):
        return (right | (np.arange(len(right))[:, None] >= lengths)).all(axis=0)

    run = papers.embedded_reber(0, right, strings, 20_000, live=False)
    assert run.solved and run.sequences < 20_000
