"""`ask("half_open")`: a self-check question with an answer to every choice. Nothing is graded.

Each choice unfolds its answer, by mouse or by Tab and Enter, with a kernel or without one, and in a
notebook that is opened another day.
"""

from __future__ import annotations

from html import escape

from utils.judging.spec import Question
from utils.language import say
from utils.learner.course import UnknownExercise, find_question

__all__ = ["ask"]

_CHOICE = "border:1px solid #8888;border-radius:6px;padding:.4em .8em;margin:.4em 0;max-width:56em"


class Asked:
    """A question on show: its choices, each with its answer folded in; plain text elsewhere."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def __repr__(self) -> str:
        lines = [self.question.text]
        lines += [
            f"  ({letter}) {o}" for letter, o in zip("abcdef", self.question.options, strict=False)
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        question = self.question
        parts = [f"<p><strong>{escape(question.text)}</strong></p>"]
        for index, (option, said) in enumerate(
            zip(question.options, question.answers, strict=True)
        ):
            right = index == question.right
            icon, word = ("✔", say("Right.")) if right else ("✘", say("Not quite."))
            parts.append(
                f"<details style='{_CHOICE}'><summary>{escape(option)}</summary>"
                f"<p style='margin:.4em 0 .2em 1.2em'><strong>{icon} {word}</strong> "
                f"{escape(said)}</p></details>"
            )
        return "".join(parts)


def ask(name: str) -> Asked:
    """The question of that name. Raises UnknownExercise where the course has none such."""
    try:
        return Asked(find_question(name))
    except UnknownExercise as error:
        raise UnknownExercise(say(str(error))) from None
