"""Unit 22 around the learner's code: whose variant is trained, and what a machine can check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from utils.learner.stand_ins.capstone import own_gradients, own_step

__all__ = ["checklist", "own_pair"]


def own_pair(workbook: Any) -> tuple[Callable[..., Any], Callable[..., Any], str]:
    """(own_step, own_gradients, whose they are): the learner's where both are right.

    workbook: a utils.learner.workbook.Workbook. A step of one and a gradient of the other would not
    fit together.
    """
    yours = {entry.name: entry.yours for entry in workbook.entries}
    if yours["own_step"] and yours["own_gradients"]:
        return workbook.own_step, workbook.own_gradients, "your variant"
    return own_step, own_gradients, "the course's variant"


def checklist(done: Mapping[str, bool]) -> None:
    """Print what a machine can check of a project, one line each."""
    for what, yes in done.items():
        print(f"{'✔' if yes else '○'} {what}")
    count = sum(bool(yes) for yes in done.values())
    print(f"{count} of {len(done)}. What a machine cannot check is in the rubric of report.md.")
