"""`ask("half_open")`: a self-check question with an answer to every choice. Nothing is graded."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from utils.course import find_question
from utils.spec import Question

__all__ = ["ask"]


class Asked:
    """A question on show: radio buttons and what the choice is answered; plain text elsewhere."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.choice = widgets.RadioButtons(
            options=[*question.options],
            value=None,
            layout=widgets.Layout(width="auto"),
            description_allow_html=False,
        )
        self.answer = widgets.HTML()
        self.choice.observe(self._reply, names="value")
        title = widgets.HTML(f"<p><strong>{escape(question.text)}</strong></p>")
        self.widget = widgets.VBox([title, self.choice, self.answer])

    def _reply(self, change: dict[str, Any]) -> None:
        index = self.question.options.index(change["new"])
        icon, word = ("✔", "Right.") if index == self.question.right else ("✘", "Not quite.")
        said = escape(self.question.answers[index])
        self.answer.value = f"<p role='status'><strong>{icon} {word}</strong> {said}</p>"

    def __repr__(self) -> str:
        lines = [self.question.text]
        lines += [
            f"  ({letter}) {o}" for letter, o in zip("abcdef", self.question.options, strict=False)
        ]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**self.widget._repr_mimebundle_(), "text/plain": repr(self)}


def ask(name: str) -> Asked:
    """The question of that name. Raises UnknownExercise where the course has none such."""
    return Asked(find_question(name))
