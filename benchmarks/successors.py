"""The table of unit 21: LSTM, sLSTM, minLSTM and mLSTM on three tasks of unit 15, over seeds.

.venv/bin/python benchmarks/successors.py [SEEDS]
"""

from __future__ import annotations

from utils.threads import one_thread

one_thread()

import sys  # noqa: E402 - the number of threads is read when NumPy is imported
from statistics import median  # noqa: E402

from autograder.authoring.exercise import load_unit  # noqa: E402
from autograder.course import root  # noqa: E402
from utils.training.successors import NETWORKS, TASKS, run  # noqa: E402


def main(seeds: int) -> None:
    exercises = load_unit(root() / "solutions" / "15_reproduce_the_paper").exercises
    scored = [exercises[name].reference for name in ("steps_right", "strings_right")]
    for task in TASKS:
        for name in NETWORKS:
            outcomes = [run(name, task, seed, *scored) for seed in range(seeds)]
            scores = sorted(outcome.score for outcome in outcomes)
            seconds = median(outcome.seconds for outcome in outcomes)
            print(f"| {task} | {name} | {outcomes[0].weights:,} | {median(scores):.3g} | "
                  f"{scores[0]:.3g} to {scores[-1]:.3g} | {seconds:.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
