"""How a unit's `exercises.py` states what an exercise is judged by.

An `Exercise` is a reference, named groups of cases, and known wrong answers with their messages.
`make_spec` turns it, for one random generator, into the plain data that the judge reads.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, wraps
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.authoring.mistakes import HELP, blamed, check_declared, check_expected, check_groups
from autograder.authoring.trivial import mark_easy
from autograder.course import AuthorError
from utils.judging.judge import Verdict, judge
from utils.judging.named import named
from utils.judging.pairs import marks
from utils.judging.run import call, makers, plain
from utils.judging.spec import (
    Case,
    Check,
    Contents,
    Failure,
    Kind,
    Misconception,
    Outcome,
    Pairs,
    Question,
    Spec,
    names,
)
from utils.judging.wire import Make, Tree

__all__ = [
    "PURE",
    "Exercise",
    "Group",
    "Question",
    "Unit",
    "Wrong",
    "composable",
    "generator",
    "load_unit",
    "make_spec",
    "pure",
    "writes_into",
]

Args = dict[str, Tree]
JUDGED = ("exercises.py", "judged", "released.json", "translations")
"""What makes a unit beside its master, and is never handed out."""


@dataclass(frozen=True)
class Group:
    """A named check with its points and its cases (arguments by name, in call order).

    kind "shape" without cases uses those of the first values group, "pure" those of all groups.
    expected: what must come where that is not what the reference gives (with `measure`). times:
    each case is that many calls in a row, of one generator (`utils.judging.spec.Case`).
    The other fields are those of `utils.judging.spec.Check`.
    """

    name: str
    cases: Sequence[Args] = ()
    points: float = 1
    kind: Kind = "values"
    says: str = ""
    rtol: float = 1e-6
    atol: float = 1e-12
    by_norm: bool = False
    parts: tuple[str, ...] = ()
    measure: str = ""
    expected: Sequence[Tree] | None = None
    times: int = 1


@dataclass(frozen=True)
class Wrong:
    """A known wrong answer and what to tell whoever wrote it.

    name: said in the kill table, and unique in the exercise. costs: the name of the group, or
    the names of the groups, that it loses where everything else is right (for answers that leave
    one thing out); what else it would fail then counts. hints: for whoever made this mistake, from
    the idea to nearly the code; the message is the nudge before them, the exercise's hints follow.
    """

    name: str
    function: Callable[..., Any]
    message: str
    costs: str | tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


PURE = "leaves its arguments alone"


def pure(name: str = PURE) -> Group:
    """The check that arguments are left as they were and nothing is kept for the next call."""
    return Group(name, kind="pure")


def writes_into(right: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """A wrong answer: the values of `right`, but the arguments of these names are overwritten.

    names: parameters of `right`, arrays or dicts of arrays. Such an answer costs PURE alone.
    """

    def function(*args: Any) -> Any:
        result = right(*args)
        given = inspect.signature(right).bind(*args).arguments
        for name in names:
            arrays = given[name].values() if isinstance(given[name], dict) else [given[name]]
            for array in arrays:
                array += 1
        return result

    return function


def composable(build: Callable[..., Callable[..., Any]]) -> Callable[..., Callable[..., Any]]:
    """For a function that builds wrong answers, each keyword replacing one piece of a right one.

    Two mistakes made by it with different keywords can then be recognised in one answer.
    """

    @wraps(build)
    def made(**pieces: Any) -> Callable[..., Any]:
        answer = build(**pieces)
        vars(answer)["pieces"] = build, pieces
        return answer

    return made


@dataclass(frozen=True)
class Exercise:
    """One function to write. Its id is the reference's name.

    groups: from a random generator to the named checks. truth: what the answer must equal, where
    that is computed by another route than the reference (a gradient by the complex step). hints:
    from a nudge to nearly all. notes: one more hint, where to read on.
    returns: names of the results, in order. may_share: results that may be arrays passed in.
    closed: functions of `earlier.py` that would answer in another way than the one asked for.
    """

    reference: Callable[..., Any]
    groups: Callable[[np.random.Generator], list[Group]]
    wrong: tuple[Wrong, ...]
    hints: tuple[str, ...]
    notes: str = ""
    returns: tuple[str, ...] = ()
    may_share: tuple[str, ...] = ()
    truth: Callable[..., Any] | None = None
    closed: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.reference.__name__


@dataclass(frozen=True)
class Unit:
    """A unit's name, title, exercises in order, self-check questions, and the files made for it.

    rubric: the ideas that each earn a point where a person marks. builds: what one has at the end,
    in a few words for the list of units. tables: Markdown that the build writes into the master,
    by the name of the mark there: `<!-- notation: the build writes this table -->`.
    """

    name: str
    title: str
    exercises: dict[str, Exercise]
    questions: tuple[Question, ...]
    files: dict[str, str]
    folder: Path
    rubric: tuple[str, ...] = ()
    builds: str = ""
    tables: dict[str, str] = field(default_factory=dict)

    @property
    def notebook(self) -> str:
        """`forget_gate` for `02_forget_gate`."""
        return self.name.partition("_")[2]

    def spec(self, exercise: str, seed: int | None = None) -> Spec:
        """The spec of one exercise: the committed one, or for a `seed` a fresh one."""
        if seed is None:
            return self._committed[exercise]
        return self._drawn(exercise, seed)

    @cached_property
    def _committed(self) -> dict[str, Spec]:
        return {id: self._drawn(id) for id in self.exercises}

    def _drawn(self, exercise: str, *seed: int) -> Spec:
        origin = zlib.crc32(f"{self.name}/{exercise}".encode())
        rng = np.random.default_rng([origin, *seed])
        with blamed(self.folder, f"exercise {exercise}"):
            return make_spec(self.exercises[exercise], self.name, rng)

    def with_pairs(self, spec: Spec) -> Spec:
        """The spec with all pairs of its known mistakes that can be built into one answer."""
        exercise = self.exercises[spec.exercise]
        members, built = [], []
        for one, other, answer in pairs_of(exercise):
            members.append((one, other))
            outcomes = called(answer, spec.cases, exercise, value_alone=True)
            built.append(marks(outcomes))
        shape = (len(members), len(spec.cases), 2)
        return replace(
            spec,
            pairs=Pairs(
                np.array(members, dtype=np.int64).reshape(-1, 2), np.array(built).reshape(shape)
            ),
        )

    def judge(self, spec: Spec, outcomes: Sequence[Outcome]) -> Verdict:
        """The verdict; where nothing is recognised at first, pairs of mistakes are tried too."""
        verdict = judge(spec, outcomes)
        failed = any(outcome.failure for outcome in outcomes)
        if failed or verdict.passed or verdict.misconceptions or spec.pairs is not None:
            return verdict
        if spec.exercise not in self._paired or self._paired[spec.exercise][0] is not spec:
            self._paired[spec.exercise] = spec, self.with_pairs(spec)
        return judge(self._paired[spec.exercise][1], outcomes)

    @cached_property
    def _paired(self) -> dict[str, tuple[Spec, Spec]]:
        """Exercise → the spec whose pairs were made last, without them and with them."""
        return {}

    def contents(self) -> Contents:
        points = {id: self.spec(id).max_score for id in self.exercises}
        return Contents(self.name, self.title, points, self.questions)


def pairs_of(exercise: Exercise) -> Iterator[tuple[int, int, Callable[..., Any]]]:
    """(index, index, the answer with both) of the known mistakes that are made of pieces."""
    made = [
        (index, *vars(wrong.function)["pieces"])
        for index, wrong in enumerate(exercise.wrong)
        if hasattr(wrong.function, "pieces")
    ]
    for (one, build, mine), (other, build_too, theirs) in combinations(made, 2):
        both = _merged(mine, theirs) if build is build_too else None
        if both is not None:
            yield one, other, build(**both)


def _merged(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any] | None:
    """Both sets of pieces, None where they touch the same one."""
    both = {**mine, **theirs}
    for key in mine.keys() & theirs.keys():
        a, b = mine[key], theirs[key]
        if not (isinstance(a, dict) and isinstance(b, dict)) or a.keys() & b.keys():
            return None
        both[key] = {**a, **b}
    return both


def make_spec(exercise: Exercise, unit: str, rng: np.random.Generator) -> Spec:
    """The plain data for one exercise, drawing its random cases from `rng`."""
    cases: list[Case] = []
    checks: list[Check] = []
    truth = exercise.truth or exercise.reference
    right: list[Tree] = []  # a right answer to each case
    known: dict[int, int] = {}  # the same inputs in several groups are one case
    measures: dict[int, str] = {}  # of random cases, of which nothing but this is compared
    groups = exercise.groups(rng)
    check_groups(exercise, groups)
    for group in groups:
        own: list[int] = []
        for index, args in enumerate(group.cases):
            if group.expected is not None:
                own.append(len(cases))
                if any(makers(args)):  # random numbers are told by nothing but what they measure
                    measures[len(cases)] = group.measure
                cases.append(Case(args, plain(group.expected[index]), group.times))
                right.append(call(exercise.reference, args, times=group.times).value)
                continue
            if id(args) not in known:
                outcome = call(truth, args, exercise.may_share)
                if outcome.failure:
                    raise ValueError(f"the reference fails: {_told(outcome.failure)}")
                check_expected(exercise, outcome.value)
                known[id(args)] = len(cases)
                cases.append(Case(args, outcome.value))
                right.append(outcome.value)
            own.append(known[id(args)])
        checks.append(
            Check(
                group.name,
                group.points,
                group.kind,
                tuple(own),
                group.says,
                group.rtol,
                group.atol,
                group.by_norm,
                group.parts,
                group.measure,
            )
        )
    checks = [_with_cases(check, checks, len(cases)) for check in checks]
    checks = mark_easy(checks, cases, right, exercise.returns)
    misconceptions = tuple(
        Misconception(
            wrong.name,
            wrong.message,
            names(wrong.costs),
            tuple(
                _kept(outcome, cases[i].args, measures.get(i, ""))
                for i, outcome in enumerate(called(wrong.function, cases, exercise))
            ),
            wrong.hints,
        )
        for wrong in exercise.wrong
    )
    return Spec(
        unit=unit,
        exercise=exercise.id,
        returns=exercise.returns,
        cases=tuple(cases),
        checks=tuple(checks),
        misconceptions=misconceptions,
        hints=(*exercise.hints, *([exercise.notes] if exercise.notes else [])),
        may_share=exercise.may_share,
        closed=exercise.closed,
    )


def _with_cases(check: Check, checks: list[Check], count: int) -> Check:
    if check.cases:
        return check
    first = next(c.cases for c in checks if c.kind in ("values", "quiet"))
    cases = first if check.kind == "shape" else tuple(range(count))
    return Check(check.name, check.points, check.kind, cases, check.says)


def _told(failure: Failure) -> str:
    where = f" (line {failure.line}: {failure.code})" if failure.line else ""
    return f"{failure.type}: {failure.message}{where}"


def called(
    function: Callable[..., Any],
    cases: Sequence[Case],
    exercise: Exercise,
    *,
    value_alone: bool = False,
) -> list[Outcome]:
    """What one answer to an exercise does in each case; cases of the same inputs are one call."""
    done: dict[tuple[int, int], Outcome] = {}
    for case in cases:
        key = id(case.args), case.times
        if key not in done:
            done[key] = call(
                function, case.args, exercise.may_share, times=case.times, value_alone=value_alone
            )
    return [done[id(case.args), case.times] for case in cases]


def _kept(outcome: Outcome, args: Args, measure: str) -> Outcome:
    """What a spec keeps of a wrong answer: not our own line at which it raises, and what is
    measured instead of thousands of random numbers."""
    if outcome.failure is not None:
        failure = outcome.failure
        return Outcome(failure=type(failure)(failure.kind, failure.type, ""))
    if not measure:
        return outcome
    try:
        value = plain(named(measure)(args, outcome.value))
    except ValueError as error:
        value = str(error)
    return replace(outcome, value=value, measured=True)


ROUNDING = 1e-9  # what rounding may make of a number, in parts of it
NEAR_ZERO = 1e-12  # and of one that cancels, in parts of its array's size where that is below 1


def same_spec(a: Spec, b: Spec) -> bool:
    """Whether two specs differ by the rounding of their numbers at most."""
    alike = [(c.args, d.args) for c, d in zip(a.cases, b.cases, strict=False)]
    alike += [(c.expected, d.expected) for c, d in zip(a.cases, b.cases, strict=False)]
    for m, n in zip(a.misconceptions, b.misconceptions, strict=False):
        alike += [(o.value, p.value) for o, p in zip(m.outcomes, n.outcomes, strict=False)]
    for pairs_a, pairs_b in [(a.pairs, b.pairs)] if a.pairs or b.pairs else []:
        if pairs_a is None or pairs_b is None:
            return False
        alike.append(({"": pairs_a.members}, {"": pairs_b.members}))
        alike.append(({"": pairs_a.marks}, {"": pairs_b.marks}))
    return _words(a) == _words(b) and all(_same_numbers(x, y) for x, y in alike)


def _words(spec: Spec) -> Spec:
    """All of a spec but its numbers: how many there are and what surrounds them."""
    cases = tuple(Case({name: None for name in c.args}, None, c.times) for c in spec.cases)
    misconceptions = tuple(
        replace(m, outcomes=tuple(replace(outcome, value=None) for outcome in m.outcomes))
        for m in spec.misconceptions
    )
    return replace(spec, cases=cases, misconceptions=misconceptions, pairs=None)


def _same_numbers(a: Tree, b: Tree) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(_same_numbers(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_same_numbers, a, b))
    if not isinstance(a, np.ndarray | np.generic | float):
        return a == b
    x, y = np.asarray(a), np.asarray(b)
    if x.shape != y.shape or x.dtype != y.dtype or x.dtype.kind not in "fc":
        return x.shape == y.shape and x.dtype == y.dtype and np.array_equal(x, y)
    size = np.abs(y[np.isfinite(y)]).max(initial=0.0)
    return np.allclose(x, y, rtol=ROUNDING, atol=NEAR_ZERO * min(size, 1.0), equal_nan=True)


def generator(seed: int | np.random.Generator) -> Make:
    """An argument: a random generator, made anew for every call from `seed` or one it draws."""
    number = seed if isinstance(seed, int) else int(seed.integers(2**31))
    return Make("numpy.random:default_rng", number)


@cache
def load_unit(folder: Path) -> Unit:
    """The unit whose `exercises.py` is in `folder`.

    Raises AuthorError where there is none, or it does not say what it must.
    """
    path = folder / "exercises.py"
    if not path.is_file():
        raise AuthorError(f"{path}: a unit needs this file ({HELP})")
    with blamed(folder):
        module = _import(path, f"solutions_{folder.name}")
        for name in ("TITLE", "EXERCISES"):
            if not hasattr(module, name):
                raise AuthorError(f"{path}: {name} is not defined ({HELP})")
        questions = tuple(getattr(module, "QUESTIONS", ()))
        rubric = tuple(getattr(module, "RUBRIC", ()))
        check_declared(path, module.EXERCISES, questions, rubric)
        exercises = {exercise.id: exercise for exercise in module.EXERCISES}
        files = dict(getattr(module, "FILES", {}))
        builds = str(getattr(module, "BUILDS", ""))
        tables = dict(getattr(module, "TABLES", {}))
    return Unit(
        folder.name, module.TITLE, exercises, questions, files, folder, rubric, builds, tables
    )


def _import(path: Path, name: str) -> ModuleType:
    # what units share, such as gates.py; and what lies beside the notebook
    for folder in (str(path.parent.parent), str(path.parent)):
        if folder not in sys.path:
            sys.path.append(folder)
    # another course's unit of that name, with what it had imported from its folder
    known = list(sys.modules)  # while another thread may import something
    for key in [key for key in known if key == name or key.startswith(f"{name}.")]:
        del sys.modules[key]
    # a package, so that it can say `from .judged import …`
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(path.parent)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
