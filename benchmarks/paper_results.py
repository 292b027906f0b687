"""The experiments of unit 15 over ten seeds: how often solved, after how many sequences, how fast.

    .venv/bin/python benchmarks/paper_results.py [SEEDS]

The recipes are those of utils/training/papers.py, the criteria those of the papers. Medians over
the seeds.
"""

from __future__ import annotations

from utils.threads import one_thread

one_thread()

import sys  # noqa: E402 - the number of threads is read when NumPy is imported
from collections.abc import Callable  # noqa: E402
from statistics import median  # noqa: E402

from autograder.authoring.exercise import load_unit  # noqa: E402
from autograder.course import root  # noqa: E402
from utils.training import papers  # noqa: E402

SCORE = {
    id: exercise.reference
    for id, exercise in load_unit(root() / "solutions" / "15_reproduce_the_paper").exercises.items()
}
STRINGS = SCORE["steps_right"], SCORE["strings_right"]
STREAMS = SCORE["steps_right"], SCORE["first_error"]
RUNS: dict[str, Callable[[int], papers.Result]] = {
    "embedded Reber": lambda seed: papers.embedded_reber(seed, *STRINGS, live=False),
    "the same, plain RNN": lambda seed: papers.embedded_reber(
        seed, *STRINGS, live=False, plain=True
    ),
    "two strings inside": lambda seed: papers.embedded_reber(
        seed, *STRINGS, 40_000, live=False, inner=2
    ),
    "the same, plain RNN, two inside": lambda seed: papers.embedded_reber(
        seed, *STRINGS, 40_000, live=False, plain=True, inner=2
    ),
    "four strings inside": lambda seed: papers.embedded_reber(
        seed, *STRINGS, 40_000, live=False, inner=4
    ),
    "the same, plain RNN, four inside": lambda seed: papers.embedded_reber(
        seed, *STRINGS, 40_000, live=False, plain=True, inner=4
    ),
    "continual Reber": lambda seed: papers.continual_reber(seed, *STREAMS, live=False),
    "the same, no forget gate": lambda seed: papers.continual_reber(
        seed, *STREAMS, forget_gate=False, live=False
    ),
    "continual Reber, twice as long": lambda seed: papers.continual_reber(
        seed, *STREAMS, updates=4000, live=False
    ),
    "that without forget gate": lambda seed: papers.continual_reber(
        seed, *STREAMS, forget_gate=False, updates=4000, live=False
    ),
    "adding, T = 100": lambda seed: papers.adding_problem(seed, SCORE["within"], live=False),
    "temporal order": lambda seed: papers.order_problem(seed, SCORE["within"], live=False),
    "aⁿbⁿ": lambda seed: papers.counter(seed, *STRINGS, live=False)[0],
}


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(
        f"{'task':32}{'solved':>8}{'sequences':>11}{'updates':>9}{'s/seed':>8}  measured, by seed"
    )
    for task, run in RUNS.items():
        results = [run(seed) for seed in range(seeds)]
        measured = "; ".join(
            f"{name} " + ", ".join(result.measured()[name] for result in results)
            for name in results[0].numbers
        )
        print(
            f"{task:32}{f'{sum(r.solved for r in results)}/{seeds}':>8}"
            f"{median(r.sequences for r in results):>11,.0f}"
            f"{median(r.updates for r in results):>9,.0f}"
            f"{median(r.seconds for r in results):>8.1f}  {measured}",
            flush=True,
        )


if __name__ == "__main__":
    main()
