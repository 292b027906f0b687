"""How long `check(...)` takes, exercise by exercise: call, judge and draw the box, median of 15.

    .venv/bin/python benchmarks/check_speed.py

The right answer and a known wrong one are timed side by side in each round. The goal is 0.2 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from autograder.authoring.exercise import load_unit
from autograder.course import root, units
from utils.judging import report
from utils.judging.judge import judge
from utils.judging.run import answers
from utils.judging.spec import Spec

ROUNDS = 15


def seconds(function: Callable, spec: Spec) -> float:
    start = time.perf_counter()
    report.html(judge(spec, answers(function, spec)))
    return time.perf_counter() - start


def main() -> None:
    print(f"{'exercise':28}{'right, ms':>10}{'wrong, ms':>10}{'slowest, ms':>13}")
    for name in units(root()):
        unit = load_unit(root() / "solutions" / name)
        for id, exercise in unit.exercises.items():
            spec, wrong = unit.spec(id), exercise.wrong[0].function
            pairs = [
                (seconds(exercise.reference, spec), seconds(wrong, spec)) for _ in range(ROUNDS)
            ]
            right_ms, wrong_ms = (1000 * median(column) for column in zip(*pairs, strict=True))
            slowest = 1000 * max(max(pair) for pair in pairs)
            print(f"{id:28}{right_ms:>10.1f}{wrong_ms:>10.1f}{slowest:>13.1f}")


if __name__ == "__main__":
    main()
