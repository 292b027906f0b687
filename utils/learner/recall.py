"""`three_questions()`: what earlier units taught, asked again when it is about to be forgotten.

Which questions, and when again, is decided by FSRS (the package fsrs): a right answer is due again
after days, then weeks; a wrong one tomorrow. Questions that were never asked come first from units
in which a check did not pass at once. All of it lies in one file beside the notebooks, no grade
depends on it, and `forget_answers()` deletes it.
"""

from __future__ import annotations

import contextlib
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from fsrs import Card, Rating, Scheduler

from utils.learner.course import ROOT
from utils.learner.memory import forget_answers, load, save

__all__ = ["Recall", "choose", "forget_answers", "remember", "three_questions"]

COUNT = 3
# whole days alone: nobody comes back to a unit after ten minutes; and no chance in it
SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
_STYLE = (
    "<style>.lstm-choice{height:auto;min-height:2em;width:auto;max-width:48em;white-space:normal;"
    "text-align:left;line-height:1.4;padding:.3em .8em}</style>"
)


@dataclass(frozen=True)
class Question:
    """A question of `questions.toml`. answer: the index of the right choice."""

    unit: str
    text: str
    choices: tuple[str, ...]
    answer: int
    why: str

    @property
    def key(self) -> str:
        return f"{self.unit}:{zlib.crc32(self.text.encode()):08x}"


@cache
def questions() -> tuple[Question, ...]:
    """All there are, unit by unit."""
    path = Path(__file__).with_name("questions.toml")
    stored = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return tuple(Question(**q | {"choices": tuple(q["choices"])}) for q in stored)


def remember(
    question: Question, right: bool, root: Path = ROOT, now: datetime | None = None
) -> None:
    """The question was answered: when is it to be asked again? now: with a time zone."""
    stored = load(root)
    card = _cards(stored).get(question.key) or Card(card_id=zlib.crc32(question.key.encode()))
    rating = Rating.Good if right else Rating.Again
    card, _ = SCHEDULER.review_card(card, rating, now or datetime.now(UTC))
    stored["cards"][question.key] = card.to_json()
    save(root, stored)


def _cards(stored: dict[str, dict[str, Any]]) -> dict[str, Card]:
    with contextlib.suppress(ValueError, KeyError, TypeError):  # of another release
        return {key: Card.from_json(text) for key, text in stored["cards"].items()}
    return {}


# --- which ones ----------------------------------------------------------------------------------


def choose(
    unit: str, count: int = COUNT, root: Path = ROOT, now: datetime | None = None
) -> list[Question]:
    """Questions of units before `unit`: those that are due, then new ones, then the faintest."""
    now = now or datetime.now(UTC)
    stored = load(root)
    cards = _cards(stored)
    earlier = [q for q in questions() if q.unit < unit]
    seen = [q for q in earlier if q.key in cards]
    due = [q for q in seen if cards[q.key].due <= now]
    kept = [q for q in seen if q not in due]
    order = [
        *sorted(due, key=lambda q: cards[q.key].due),
        *_new(earlier, {q.key for q in seen}, stored["stumbles"]),
        *sorted(kept, key=lambda q: SCHEDULER.get_card_retrievability(cards[q.key], now)),
    ]
    return order[:count]


def _new(earlier: list[Question], seen: set[str], stumbles: dict[str, Any]) -> Iterator[Question]:
    """Those never asked, one of each unit in turn; first where a check did not pass at once."""
    asked = Counter(q.unit for q in earlier if q.key in seen)
    waiting: dict[str, list[Question]] = {}
    for question in earlier:
        if question.key not in seen:
            waiting.setdefault(question.unit, []).append(question)
    units = sorted(waiting, reverse=True)  # of two alike the later one
    units.sort(key=lambda unit: (-int(stumbles.get(unit, 0)), asked[unit]))
    while waiting:
        for unit in units:
            if unit in waiting:
                yield waiting[unit].pop(0)
                if not waiting[unit]:
                    del waiting[unit]


# --- what is shown -------------------------------------------------------------------------------


class Recall:
    """Questions with a button for every choice; where no kernel runs, with answers that unfold."""

    def __init__(self, chosen: list[Question], root: Path = ROOT) -> None:
        self.questions, self.root = chosen, root
        self.answered: dict[str, bool] = {}
        self.said: list[widgets.HTML] = []
        self.buttons: list[list[widgets.Button]] = []
        parts = [widgets.HTML(_STYLE)]
        for number, question in enumerate(chosen):
            parts.append(widgets.HTML(self._head(number)))
            row = []
            for index, choice in enumerate(question.choices):
                button = widgets.Button(description=choice, layout=widgets.Layout(width="auto"))
                button.add_class("lstm-choice")
                button.on_click(lambda _, n=number, i=index: self.answer(n, i))
                row.append(button)
            said = widgets.HTML("<div role='status'></div>")
            parts += [*row, said]
            self.buttons.append(row)
            self.said.append(said)
        self.widget = widgets.VBox(parts)

    def _head(self, number: int) -> str:
        question = self.questions[number]
        unit = question.unit.replace("_", " ")
        return (
            f"<p style='line-height:1.5;margin:.8em 0 .2em;max-width:48em'><strong>"
            f"{number + 1}. {escape(question.text)}</strong> <small>(unit {escape(unit)})</small>"
            "</p>"
        )

    def answer(self, number: int, choice: int) -> None:
        """A choice was made; the first one for a question is remembered."""
        question = self.questions[number]
        right = choice == question.answer
        word = "✔ Right." if right else f"✘ Not quite: {question.choices[question.answer]}."
        self.said[number].value = (
            f"<div role='status' style='line-height:1.5;max-width:48em'><strong>{escape(word)}"
            f"</strong> {escape(question.why)}</div>"
        )
        if question.key not in self.answered:
            self.answered[question.key] = right
            remember(question, right, self.root)

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(self.questions, 1):
            lines.append(f"{number}. {question.text}")
            lines += [f"   ({a}) {c}" for a, c in zip("abcd", question.choices, strict=False)]
        answers = (f"{n} {'abcd'[q.answer]}" for n, q in enumerate(self.questions, 1))
        return "\n".join([*lines, f"Answers: {', '.join(answers)}"])

    def _static(self) -> str:
        parts = []
        for number, question in enumerate(self.questions):
            items = "".join(f"<li>{escape(choice)}</li>" for choice in question.choices)
            told = f"{question.choices[question.answer]}. {question.why}"
            parts.append(
                f"{self._head(number)}<ul>{items}</ul><details><summary>The answer</summary>"
                f"<p>{escape(told)}</p></details>"
            )
        return "".join(parts)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = self.widget._repr_mimebundle_()
        return {**bundle, "text/html": self._static(), "text/plain": repr(self)}


def three_questions(unit: str) -> Recall:
    """Three quick questions on the units before this one, as "05"; nothing is graded."""
    return Recall(choose(unit))
