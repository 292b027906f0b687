"""The kill table: every known wrong answer against the checks, and whether its own message came.

And the other side of it: the right answer must lose nothing, however the cases are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from autograder.authoring.build import finished
from autograder.authoring.exercise import Unit, called, pairs_of
from utils.judging.judge import judge
from utils.judging.pairs import find_pair, marks
from utils.judging.run import answers
from utils.judging.spec import Spec

OWN_MESSAGE_GOAL = 95  # per cent of known wrong answers that must get their own message


@dataclass(frozen=True)
class Kill:
    """What became of one known wrong answer: which checks it failed, whose message was read."""

    unit: str
    exercise: str
    wrong: str
    score: float
    max_score: float
    failed: tuple[str, ...]
    recognised: str

    @property
    def caught(self) -> bool:
        return bool(self.failed)

    @property
    def own_message(self) -> bool:
        return self.recognised == self.wrong


@dataclass(frozen=True)
class Draws:
    """What many draws of an exercise's cases made of its right answer and of the wrong ones.

    unfair: where the right answer lost points, as "seed 7: the check". missed: wrong answers that
    lost none, as "seed 7: the wrong answer". own: the share of wrong answers, from 0 to 1, that
    were told their own message.
    """

    unit: str
    exercise: str
    count: int
    unfair: tuple[str, ...]
    missed: tuple[str, ...]
    own: float


def draws(unit: Unit, exercise: str, right: Callable[..., Any], seeds: Iterable[int]) -> Draws:
    """Draw the cases anew for each seed; judge `right` and every known wrong answer on them."""
    count, unfair, missed, own = 0, [], [], []
    for seed in seeds:
        spec = unit.spec(exercise, seed)
        count += 1
        verdict = judge(spec, answers(right, spec))
        unfair += [f"seed {seed}: {check.name}" for check in verdict.checks if not check.passed]
        for kill in _kills(spec):
            own.append(kill.own_message)
            if not kill.caught:
                missed.append(f"seed {seed}: {kill.wrong}")
    return Draws(
        unit.name, exercise, count, tuple(unfair), tuple(missed), sum(own) / max(1, len(own))
    )


@dataclass(frozen=True)
class PairKill:
    """What was told to an answer with two independent known mistakes."""

    unit: str
    exercise: str
    wrong: tuple[str, str]
    told: tuple[str, ...]

    @property
    def both(self) -> bool:
        return set(self.told) == set(self.wrong)

    @property
    def misled(self) -> bool:
        """Whether it was told a mistake that is not in it."""
        return bool(set(self.told) - set(self.wrong))


def pair_kills(unit: Unit) -> list[PairKill]:
    """One row for each pair of known mistakes that are independent: both can be seen in an answer.

    A pair that has a known wrong answer of its own, or in which one mistake hides the other, is
    none; neither is one that raises.
    """
    rows = []
    for id, exercise in unit.exercises.items():
        spec = unit.with_pairs(unit.spec(id))
        alone = [marks(called(wrong.function, spec.cases, exercise)) for wrong in exercise.wrong]
        for one, other, answer in pairs_of(exercise):
            outcomes = called(answer, spec.cases, exercise)
            both = marks(outcomes)
            if np.isnan(both).any() or any(np.allclose(both, each, rtol=1e-9) for each in alone):
                continue
            known = spec.misconceptions
            names = known[one].name, known[other].name
            told = find_pair(spec, outcomes) or ()
            rows.append(PairKill(unit.name, id, names, tuple(wrong.name for wrong in told)))
    return rows


def unsolved(unit: Unit, right: Mapping[str, Callable[..., Any]]) -> list[str]:
    """What the course's own solutions of a unit fail of its checks, in words."""
    found = []
    for id in unit.exercises:
        verdict = judge(unit.spec(id), answers(right[id], unit.spec(id)))
        found += [f"{unit.name}: {id}: {c.name}" for c in verdict.checks if not c.passed]
    return found


def solutions(root: Path) -> dict[str, Callable[..., Any]]:
    """The functions of all solution cells of the course in `root`, run in order."""
    names: dict[str, Any] = {"np": np}
    wanted = []
    for id, source in finished(root):
        exec(compile(source, f"the solution of {id}", "exec"), names)
        wanted.append(id)
    return {id: names[id] for id in wanted}


def kills(unit: Unit) -> list[Kill]:
    """One row per known wrong answer of the unit's exercises."""
    return [kill for id in unit.exercises for kill in _kills(unit.spec(id))]


def _kills(spec: Spec) -> list[Kill]:
    rows = []
    for known in spec.misconceptions:
        verdict = judge(spec, known.outcomes)
        rows.append(
            Kill(
                spec.unit,
                spec.exercise,
                known.name,
                verdict.score,
                verdict.max_score,
                tuple(check.name for check in verdict.checks if not check.passed),
                " and ".join(verdict.misconceptions),
            )
        )
    return rows


# --- shown ------------------------------------------------------------------------------------


def kill_table(rows: list[Kill], unsolved: list[str], pairs: list[PairKill]) -> int:
    """Print one row per wrong answer and the sum. Returns the exit code.

    unsolved: what the course's own solutions fail. pairs: answers with two mistakes at once.
    """
    _print(
        ("unit", "exercise", "wrong answer", "score", "caught by", "own message"),
        (
            (
                kill.unit,
                kill.exercise,
                kill.wrong,
                f"{kill.score:g} of {kill.max_score:g}",
                "; ".join(kill.failed) or "nothing: it survives",
                "yes" if kill.own_message else f"no: {kill.recognised or 'none'}",
            )
            for kill in rows
        ),
    )
    caught = sum(kill.caught for kill in rows)
    own = 100 * sum(kill.own_message for kill in rows) // max(1, len(rows))  # never rounded up
    print(f"{len(rows)} known wrong answers, {caught} caught, {own} % with their own message")
    if pairs:
        told = 100 * sum(pair.both for pair in pairs) // len(pairs)
        misled = [pair for pair in pairs if pair.misled]
        print(
            f"{len(pairs)} pairs of independent mistakes, {told} % with both messages, "
            f"{len(misled)} with a wrong one"
        )
        for pair in misled:
            print(f"  {pair.exercise}: {' and '.join(pair.wrong)}: told {' and '.join(pair.told)}")
    for check in unsolved:
        print(f"the solution in the master fails: {check}")
    good = caught == len(rows) and own >= OWN_MESSAGE_GOAL if rows else True
    good = good and not any(pair.misled for pair in pairs)
    return 0 if good and not unsolved else 1


def seeds_table(rows: list[Draws]) -> int:
    """Print one row per exercise and the sum. Returns the exit code."""
    _print(
        ("unit", "exercise", "draws", "the solution", "wrong answers", "own message"),
        (
            (
                row.unit,
                row.exercise,
                str(row.count),
                _found(row.unfair, "keeps all points"),
                _found(row.missed, "all caught"),
                f"{100 * row.own:.1f} %",
            )
            for row in rows
        ),
    )
    unfair, missed = sum(len(row.unfair) for row in rows), sum(len(row.missed) for row in rows)
    print(
        f"{sum(row.count for row in rows)} draws of {len(rows)} exercises: "
        f"{unfair} checks failed by a solution, {missed} wrong answers not caught"
    )
    return 1 if unfair or missed else 0


def _found(cases: tuple[str, ...], none: str) -> str:
    return f"{len(cases)}, first: {cases[0]}" if cases else none


def _print(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)  # a file or a pipe has no edge to wrap at
    console.print(table)
