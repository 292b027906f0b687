"""`python -m tests.hostile [--write DIR] [--workers N] [NAME…]`: the table of all hostile cases."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hostile import batch
from hostile.case import Case, write


def main() -> int:
    """Grade the cases in one batch and print case, verdict and seconds; 1 where one is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases that begin like this")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the files there instead")
    parser.add_argument("--workers", type=int, default=batch.WORKERS, metavar="N")
    options = parser.parse_args()
    names = tuple(options.names) or ("",)
    cases = [case for case in batch.all_cases() if case.name.startswith(names)]
    if options.write:
        for case in cases:
            print(write(case, options.write, {}))
        return 0
    with tempfile.TemporaryDirectory() as place:
        result = batch.run(Path(place), cases, options.workers)
    wrong = sum(table_row(case, *result.found[case.name]) for case in cases)
    print(
        f"\n{len(cases)} cases in one batch, {wrong} with another verdict than they must get; ",
        end="",
    )
    print(f"{result.seconds:.0f} s with {options.workers} workers")
    for what in (*result.called, *result.changed):
        print(f"reached or changed: {what!r}")
    return 1 if wrong or result.called or result.changed else 0


def table_row(case: Case, complaints: list[str], reports: list) -> bool:
    """Print the case; whether it is wrong."""
    mark = "honest" if case.honest else "hostile"
    for number, report in enumerate(reports):
        score = f"{report.score:g} of {report.max_score:g}" if report.unit else "-"
        name = case.name if not number else ""
        print(f"{name:42} {mark:8} {report.status:9} {score:>9} {report.seconds:7.2f} s")
    for complaint in complaints:
        print(f"    WRONG in {case.name}: {complaint[:600]}")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
