"""The kill table: every known wrong answer against the checks, and whether its own message came."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.exercise import Unit
from utils.judge import judge
from utils.spec import Spec


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


def kills(unit: Unit, seed: int | None = None) -> list[Kill]:
    """One row per known wrong answer of the unit's exercises."""
    return [kill for id in unit.exercises for kill in _kills(unit.spec(id, seed))]


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
                verdict.misconception,
            )
        )
    return rows
