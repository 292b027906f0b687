"""Your own code: the functions that you wrote in earlier notebooks, gathered to be used again.

Of every notebook on disk only the solution cells of the course are read. Each is run by itself, in
a namespace that holds NumPy and the functions before it; no other cell runs. Each function is then
judged again. One that is not solved, not right or cannot be run is replaced by the course's, and
the table says so: nobody is stopped by one exercise.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import linecache
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from utils.judging.judge import judge
from utils.judging.limit import TimeLimit, time_limit
from utils.judging.run import answers
from utils.judging.spec import Failure, Spec
from utils.learner import stand_ins
from utils.learner.cells import NotUsable, solution_cell
from utils.learner.course import contents, find_spec
from utils.learner.own_lstm import OwnLSTM
from utils.learner.rebound import names_used, rebound

__all__ = ["Workbook", "workbook"]

Array = np.ndarray
Function = Callable[..., Any]
GRADED = "this run is graded, and no mistake counts twice"
SECONDS = 5.0  # for one function: to be defined, and again to answer all its cases


@dataclass(frozen=True)
class Entry:
    """One function of the workbook. why: the reason where it is not the learner's.

    instead: the course's own function of that name.
    """

    name: str
    unit: str
    function: Function
    yours: bool
    instead: Function
    why: str = ""


class Workbook:
    """The gathered functions: `mine.lstm_forward(…)`. Shown, it is the table of whose they are.

    names: those of the notebook that runs. What was added once and is asked for after the workbook
    was gathered anew is added again.
    """

    def __init__(self, entries: list[Entry], names: Mapping[str, Any] | None = None) -> None:
        self.entries = entries
        self.functions = {entry.name: entry.function for entry in entries}
        self._names = names or {}

    def __getattr__(self, name: str) -> Function:
        functions = self.__dict__.get("functions", {})
        if name not in functions and name in stand_ins.__all__:
            function = self.__dict__.get("_names", {}).get(name)
            if callable(function):
                self._put(name, function)
        if name in functions:
            return functions[name]
        raise AttributeError(f"the workbook has no {name}; it has: {', '.join(functions)}")

    def lstm(self, params: dict[str, Array]) -> OwnLSTM:
        """An LSTM of the workbook's functions that begins with a copy of `params`."""
        return OwnLSTM(self, params)

    def add(self, *here: Function) -> None:
        """Put in functions of the running notebook: each if it is right, else its stand-in.

        Each has a stand-in in `utils.learner.stand_ins`; a line says so where that is used. While a
        submission is graded it always is.
        """
        caller = inspect.currentframe()
        names = caller.f_back.f_globals if caller and caller.f_back else {}
        for function in here:
            self._put(_called(function, names), function)

    def _put(self, name: str, function: Function) -> None:
        entry = _entry_here(name, function)
        if not entry.yours:
            print(f"{name}: {entry.why}. The course's own takes its place from here on.")
        self.entries = [*(e for e in self.entries if e.name != name), entry]
        self.functions[name] = entry.function

    def using(self, name: str, **others: Function) -> Function:
        """A function of the workbook that calls `others` where it calls functions of their names.

        mine.using("train_step", loss_and_gradients=f) is the learner's train_step with the loss f.
        One that does not call them by these names cannot be told: then the course's is returned,
        and a line says so. Raises AttributeError where the workbook has no function of that name.
        """
        turned = rebound(getattr(self, name), others)
        if turned is None:
            print(
                f"Your {name} does not call {', '.join(others)}: the course's takes its place here."
            )
            entry = next(entry for entry in self.entries if entry.name == name)
            turned = rebound(entry.instead, others)
        assert turned is not None
        return turned

    def summary(self) -> str:
        """How many of the functions are the learner's, in a sentence."""
        own = sum(entry.yours for entry in self.entries)
        return f"{own} of {len(self.entries)} functions are your own"

    def __repr__(self) -> str:
        lines = [self.summary()]
        for entry in self.entries:
            whose = "yours" if entry.yours else f"the course's: {entry.why}"
            lines.append(f"  {entry.name:28} {entry.unit:24} {whose}")
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        left = "style='text-align:left'"
        head = "".join(
            f"<th scope='col' {left}>{word}</th>" for word in ("function", "unit", "whose", "why")
        )
        rows = "".join(
            f"<tr><th scope='row' {left}><code>{escape(entry.name)}</code></th>"
            f"<td {left}>{escape(entry.unit)}</td>"
            f"<td {left}>{'✔ yours' if entry.yours else '○ the course’s'}</td>"
            f"<td {left}>{escape(entry.why)}</td></tr>"
            for entry in self.entries
        )
        note = "Those of other units are read from their notebooks as they were last saved."
        caption = f"<caption>{escape(self.summary())}. {note}</caption>"
        return {
            "text/plain": repr(self),
            "text/html": f"<table>{caption}<tr>{head}</tr>{rows}</table>",
        }


def workbook(*finished: Function, here: Sequence[Function] = ()) -> Workbook:
    """Gather the learner's versions of these functions and of all that they are built on.

    finished: the course's functions, from this unit's `earlier.py`. The notebooks are looked for in
    the folders beside the running one. here: functions of the running notebook, each of which has a
    stand-in in `utils.learner.stand_ins`. While a submission is graded the finished functions and
    the stand-ins are used, so that no mistake counts twice.
    """
    caller = inspect.currentframe()
    names = caller.f_back.f_globals if caller and caller.f_back else {}
    own = {_called(function, names): function for function in here}
    wanted: dict[str, Function] = {}
    for function in finished:
        _closure(function, wanted)
    if "NBGRADER_EXECUTION" in os.environ:
        wanted |= {name: getattr(stand_ins, name) for name in own}
        graded = [Entry(name, "", f, False, f, GRADED) for name, f in wanted.items()]
        return Workbook(graded, names)
    order = [name for unit in contents() for name in unit.exercises]
    known: dict[str, Function] = {}
    entries = []
    for name in sorted(wanted, key=lambda name: order.index(name) if name in order else -1):
        entry = _entry(name, wanted[name], known, order)
        known[name] = entry.function
        entries.append(entry)
    return Workbook([*entries, *(_entry_here(name, f) for name, f in own.items())], names)


def _closure(function: Function, found: dict[str, Function]) -> None:
    """Add to `found` what a function of earlier.py calls, then the function itself."""
    own = function.__globals__
    if function.__name__ in found:
        return
    for name in names_used(function.__code__):
        other = own.get(name)
        if callable(other) and getattr(other, "__globals__", None) is own and other != function:
            _closure(other, found)
    found[function.__name__] = function


# --- one function -----------------------------------------------------------------------------


def _entry(name: str, finished: Function, known: dict[str, Function], order: list[str]) -> Entry:
    try:
        spec = find_spec(name)
    except LookupError:
        return Entry(name, "", finished, False, finished, "the course has no check for it")
    return _judged(spec, lambda: _learners(spec, known, order), finished)


def _entry_here(name: str, function: Function) -> Entry:
    instead = getattr(stand_ins, name)
    if "NBGRADER_EXECUTION" in os.environ:
        return Entry(name, "", instead, False, instead, GRADED)
    return _judged(find_spec(name), lambda: function, instead)


def _called(function: Function, names: Mapping[str, Any]) -> str:
    """The exercise that a function is the answer to; a lambda does not know its own name."""
    for name in stand_ins.__all__:
        if names.get(name) is function:
            return name
    return function.__name__


def _judged(spec: Spec, own: Callable[[], Function], instead: Function) -> Entry:
    """The learner's function if there is one and it is right, else the other."""
    try:
        function = own()
        _check(function, spec)
    except NotUsable as reason:
        return Entry(spec.exercise, spec.unit, instead, False, instead, str(reason))
    return Entry(spec.exercise, spec.unit, function, True, instead)


def _learners(spec: Spec, known: dict[str, Function], order: list[str]) -> Function:
    """The function that the learner's solution cell defines. order: all exercises of the course."""
    name, notebook = spec.exercise, f"{spec.unit.partition('_')[2]}.ipynb"
    source = _answer(spec)
    where = f"{notebook}, cell {name}"
    linecache.cache[where] = (len(source), None, source.splitlines(True), where)
    namespace: dict[str, Any] = {"__name__": "workbook", "np": np, "numpy": np, **known}
    try:
        # the learner may build on an exercise that the course's own function does not need
        for other in order[: order.index(name)]:
            if other not in known and other in _words(source):
                with contextlib.suppress(NotUsable):
                    namespace[other] = _learners(find_spec(other), known, order)
        with _silence(), time_limit(SECONDS):
            exec(compile(source, where, "exec"), namespace)
    except SyntaxError as error:
        raise NotUsable(f"its cell is no Python, line {error.lineno}: {error.msg}") from None
    except TimeLimit:
        raise NotUsable(f"its cell does not end within {SECONDS:g} s") from None
    except (Exception, SystemExit) as error:
        text = _unknown_name(type(error).__name__, str(error))
        raise NotUsable(text or f"its cell raises {type(error).__name__}: {error}") from None
    if not callable(namespace.get(name)):
        raise NotUsable(f"its cell defines no function {name}")
    return namespace[name]


def _answer(spec: Spec) -> str:
    """The learner's solution cell: the unit's own, else one in another language that is written.

    Raises NotUsable where the unit's own notebook has none.
    """
    place = Path(spec.unit) / f"{spec.unit.partition('_')[2]}.ipynb"
    above = Path.cwd().parent
    for path in (above / place, *sorted(above.glob(f"*/{place}")), above.parent / place):
        with contextlib.suppress(NotUsable):
            source = solution_cell(path, spec.exercise)
            if "NotImplementedError" not in source:
                return source
    return solution_cell(above / place, spec.exercise)


def _words(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def _check(function: Function, spec: Spec) -> None:
    """Raise NotUsable unless the function earns all its points."""
    try:
        outcomes = answers(function, spec, SECONDS)
    except TimeLimit:  # it came between two calls
        raise NotUsable(f"no answer within {SECONDS:g} s") from None
    verdict = judge(spec, outcomes)
    if verdict.passed:
        return
    failure = next((outcome.failure for outcome in outcomes if outcome.failure), None)
    if failure is not None:
        raise NotUsable(_said(failure))
    first = next(check for check in verdict.checks if not check.passed)
    raise NotUsable(f"not right yet: {first.name}")


def _said(failure: Failure) -> str:
    if failure.kind == "not written":
        return "not written yet"
    if failure.kind == "raised":
        text = _unknown_name(failure.type, failure.message)
        return text or f"raises {failure.type}: {failure.message}"
    return failure.message


def _unknown_name(kind: str, message: str) -> str:
    """What to do about a name that only another cell knows; "" for any other error."""
    name = message.split("'")[1] if kind == "NameError" and "'" in message else ""
    if not name:
        return ""
    return f"it uses {name}, which its own cell does not define: only that cell is read"


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What a cell prints or warns of while it is defined is nobody's concern here."""
    nowhere = io.StringIO()
    with (
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
