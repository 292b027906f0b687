"""`python -m tests.real_life [--stock] [--write DIR] [NAME…]`: what became of every touch."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from autograder.batch.grade_many import grade
from real_life.corpus import cases, write
from real_life.stock import stock_scores


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.real_life", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--stock", action="store_true", help="grade with stock nbgrader as well")
    parser.add_argument("--write", type=Path, metavar="DIR", help="leave the notebooks there")
    arguments = parser.parse_args()
    chosen = [case for case in cases() if not arguments.names or case.name in arguments.names]
    with tempfile.TemporaryDirectory() as temporary:
        place = arguments.write or Path(temporary) / "notebooks"
        write(place, chosen)
        report = grade([place / case.file for case in chosen], workers=2)
        stock = stock_scores(chosen, Path(temporary)) if arguments.stock else {}
    unjust = 0
    for case, row in zip(chosen, report.submissions, strict=True):
        unjust += row.score != case.score
        word = "just" if row.score == case.score else "UNJUST"
        other = f"  stock {stock.get(case.name, 'cannot')}" if arguments.stock else ""
        line = f"{word:7}{row.score:4g} of {case.score:<4g}{row.status:9}{case.name} ({case.unit})"
        print(line + other)
        if row.score != case.score or arguments.names:
            print(*(f"         {message}" for message in row.messages), sep="\n")
            for exercise in row.exercises:
                for check in exercise.checks:
                    if not check.passed:
                        print(f"         {exercise.id}: {check.name}: {check.message}")
    print(f"{len(chosen)} notebooks, {unjust} with an unjust score")
    return 1 if unjust else 0


if __name__ == "__main__":
    sys.exit(main())
