"""What an exercise is judged by, as plain data: cases, checks, misconceptions, hints, questions.

A `Spec` holds numbers and words, no code. `autograder build` makes one from the unit's
`exercises.py` and stores it in `cases.npz` beside the notebook; when a submission is graded, a
fresh one is made from a seed that the submission never sees. The judge treats both alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from utils.judging.wire import Packer, Tree, from_bytes, unpack

Kind = Literal["shape", "values", "quiet", "pure"]


@dataclass(frozen=True)
class Failure:
    """Why a call gave no value, and the learner's own line at which it happened.

    `kind`: "missing", "not written", "arguments", "recursion", "interrupted", "time" or "raised".
    function: the one that the line is in. called_at: where that is another than the one that was
    asked, the line that calls it there. nearest: of a name that is not known, the most like it.
    met: the two arrays at whose meeting it happened, where that can be told.
    """

    kind: str
    type: str
    message: str
    line: int | None = None
    code: str = ""
    function: str = ""
    called_at: str = ""
    nearest: str = ""
    met: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one call of the learner's function did: its value or failure, and its side effects."""

    value: Tree = None
    failure: Failure | None = None
    changed: tuple[str, ...] = ()  # arguments that the call changed
    shared: tuple[tuple[str, str], ...] = ()  # (part of the result, argument whose memory it is)
    warned: tuple[str, ...] = ()  # warnings given
    unsteady: bool = False  # asked again with the same arguments, it answered differently
    printed: str = ""
    idle: bool = False  # nothing was drawn from the generators that were passed in
    measured: bool = False  # the value is what the case's check measures of it, or why it cannot


@dataclass(frozen=True)
class Case:
    """One set of inputs, by argument name in call order, and the expected output.

    times: 1, or how often the function is called in a row with the very same arguments, so that a
    generator goes on; the answer is then the list of all.
    """

    args: dict[str, Tree]
    expected: Tree
    times: int = 1


@dataclass(frozen=True)
class Check:
    """One named property with points.

    kind: "shape" (types and shapes alone), "values", "quiet" (values, and no warnings on the way),
    "pure" (arguments left alone, result in memory of its own, same answer when asked again).
    rtol, atol, by_norm: see `utils.judging.compare`.
    cases: indices into `Spec.cases`. parts: the results it looks at, by their names in
    `Spec.returns` or as keys of a dict among the results; () for all. measure: names a function
    (utils.judging.named), applied to the answer before it is compared (for exercises with more than
    one right answer). says: a sentence for whoever fails it, where nothing more exact is known.
    easy: an answer that computes nothing (zeros, an argument) passes it too, so that it counts only
    beside a check of values that no such answer passes.
    """

    name: str
    points: float
    kind: Kind
    cases: tuple[int, ...]
    says: str = ""
    rtol: float = 1e-6
    atol: float = 1e-12
    by_norm: bool = False
    parts: tuple[str, ...] = ()
    measure: str = ""
    easy: bool = False


@dataclass(frozen=True)
class Misconception:
    """A known wrong answer: what it gives for every case, and the message for whoever wrote it.

    costs: the checks it loses where all else is right (see `utils.judging.judge`), else (). Of a
    random answer that is only measured, what is measured is kept.
    hints: what unfolds behind the message, from the idea to nearly the code; those of the exercise
    come after them.
    """

    name: str
    message: str
    costs: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of known mistakes built into one answer each.

    members: (pairs, 2) indices into `Spec.misconceptions`. marks: (pairs, cases, 2), what is kept
    of each pair's results (utils.judging.pairs).
    """

    members: np.ndarray
    marks: np.ndarray


@dataclass(frozen=True)
class Spec:
    """All that judging one exercise needs.

    returns: names of the parts of the result, for messages; may_share: parts of the result that
    may be the very arrays that were passed in (a cache of the inputs, say). closed: functions of
    `earlier.py` that an answer cannot call while it is judged.
    """

    unit: str
    exercise: str
    returns: tuple[str, ...]
    cases: tuple[Case, ...]
    checks: tuple[Check, ...]
    misconceptions: tuple[Misconception, ...] = ()
    hints: tuple[str, ...] = ()
    may_share: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    pairs: Pairs | None = None

    __hash__ = object.__hash__  # what it holds has none

    @property
    def max_score(self) -> float:
        return float(sum(check.points for check in self.checks))

    def problems(self) -> Spec:
        """The same without expected values, misconceptions and hints: what a submission may see."""
        cases = tuple(replace(case, expected=None) for case in self.cases)
        return replace(self, cases=cases, misconceptions=(), hints=(), pairs=None)


@dataclass(frozen=True)
class Question:
    """A self-check question: the options with what each one's choice is answered."""

    name: str
    text: str
    options: tuple[str, ...]
    answers: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Contents:
    """What one `cases.npz` holds besides its specs."""

    unit: str
    title: str
    exercises: dict[str, float] = field(default_factory=dict)  # exercise → points
    questions: tuple[Question, ...] = ()


def pack_outcome(outcome: Outcome, packer: Packer) -> dict[str, Any]:
    """JSON description of an outcome; fields at their default are left out."""
    body = {k: v for k, v in asdict(replace(outcome, value=None)).items() if v}
    if outcome.failure is not None:
        needed = ("kind", "type", "message")
        body["failure"] = {k: v for k, v in body["failure"].items() if v or k in needed}
    else:
        body["value"] = packer.add(outcome.value)
    return body


def unpack_outcome(body: dict[str, Any], arrays: dict) -> Outcome:
    failure = Failure(**body["failure"]) if body.get("failure") else None
    return Outcome(
        value=None if failure else unpack(body["value"], arrays),
        failure=failure,
        changed=tuple(body.get("changed", ())),
        shared=tuple((part, name) for part, name in body.get("shared", ())),
        warned=tuple(body.get("warned", ())),
        unsteady=bool(body.get("unsteady", False)),
        printed=str(body.get("printed", "")),
        idle=bool(body.get("idle", False)),
        measured=bool(body.get("measured", False)),
    )


def pack_spec(spec: Spec) -> tuple[dict[str, Any], dict]:
    """(description, buffers) for `utils.judging.wire.to_bytes`."""
    packer = Packer()
    description = {
        "unit": spec.unit,
        "exercise": spec.exercise,
        "returns": spec.returns,
        "may_share": spec.may_share,
        "closed": spec.closed,
        "pairs": packer.add([spec.pairs.members, spec.pairs.marks] if spec.pairs else None),
        "hints": spec.hints,
        "checks": [asdict(check) for check in spec.checks],
        "cases": [
            {"args": packer.add(case.args), "expected": packer.add(case.expected)}
            | ({"times": case.times} if case.times > 1 else {})
            for case in spec.cases
        ],
        "misconceptions": [
            {
                "name": m.name,
                "message": m.message,
                "costs": m.costs,
                "outcomes": [pack_outcome(outcome, packer) for outcome in m.outcomes],
                **({"hints": m.hints} if m.hints else {}),
            }
            for m in spec.misconceptions
        ],
    }
    return description, packer.arrays()


def names(one_or_more: str | Sequence[str]) -> tuple[str, ...]:
    """Always a tuple; specs of earlier releases hold one name, "" for none."""
    if isinstance(one_or_more, str):
        return (one_or_more,) if one_or_more else ()
    return tuple(one_or_more)


def _pairs(body: Any, arrays: dict) -> Pairs | None:
    stored = unpack(body, arrays) if body else None
    return Pairs(*stored) if stored else None


def unpack_spec(description: dict[str, Any], arrays: dict) -> Spec:
    return Spec(
        unit=description["unit"],
        exercise=description["exercise"],
        returns=tuple(description["returns"]),
        may_share=tuple(description["may_share"]),
        closed=tuple(description.get("closed", ())),
        pairs=_pairs(description.get("pairs"), arrays),
        hints=tuple(description["hints"]),
        checks=tuple(
            Check(**c | {"cases": tuple(c["cases"]), "parts": tuple(c["parts"])})
            for c in description["checks"]
        ),
        cases=tuple(
            Case(
                unpack(case["args"], arrays),
                unpack(case["expected"], arrays),
                int(case.get("times", 1)),
            )
            for case in description["cases"]
        ),
        misconceptions=tuple(
            Misconception(
                m["name"],
                m["message"],
                names(m["costs"]),
                tuple(unpack_outcome(outcome, arrays) for outcome in m["outcomes"]),
                tuple(m.get("hints", ())),
            )
            for m in description["misconceptions"]
        ),
    )


def read_spec(data: bytes, exercise: str) -> Spec:
    """The spec of one exercise out of the bytes of a `cases.npz`. KeyError where it has none."""
    return unpack_spec(*from_bytes(data, exercise))


def read_contents(data: bytes) -> Contents:
    body, _ = from_bytes(data, "contents")
    questions = tuple(
        Question(q["name"], q["text"], tuple(q["options"]), tuple(q["answers"]), q["right"])
        for q in body["questions"]
    )
    return Contents(body["unit"], body["title"], body["exercises"], questions)
