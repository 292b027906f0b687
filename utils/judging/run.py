"""Calls a learner's function on cases and records what happened, without judging it.

Nothing here knows an expected value, so the same code runs in the learner's notebook and beside a
stranger's submission. Arguments are copied for every call; prints and warnings are caught.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import linecache
import traceback
import warnings
from collections.abc import Iterator
from importlib import import_module
from types import TracebackType
from typing import Any

import numpy as np

from utils.judging.closed import closed
from utils.judging.limit import TimeLimit, time_limit
from utils.judging.named import named
from utils.judging.nearest import is_learners, nearest_name
from utils.judging.operands import met
from utils.judging.spec import Failure, Outcome, Spec
from utils.judging.wire import DTYPES, Foreign, Make, Tree

MAX_ENTRIES = 5_000_000
MAX_PRINTED = 2_000


_NUMBERS = np.ndarray | np.generic | int | float | complex
_PLAIN = _NUMBERS | str | dict | list | tuple | None


def answers(function: Any, spec: Spec, seconds: float = 20.0) -> list[Outcome]:
    """One outcome per case of `spec`, calling `function` on each in order.

    seconds: the limit for all calls together, where the platform has interval timers. The first
    failure of kind "time", "interrupted" or "recursion" is given to the remaining cases as well,
    for they would only take as long again.
    """
    outcomes: list[Outcome] = []
    needed = {maker.partition(":")[0] for case in spec.cases for maker in makers(case.args)}
    for name in needed:
        import_module(name)
    with closed(spec.closed, needed), time_limit(seconds):
        for case in spec.cases:
            last = outcomes[-1].failure if outcomes else None
            if last is not None and last.kind in ("time", "interrupted", "recursion"):
                outcomes.append(Outcome(failure=last))
            else:
                outcomes.append(
                    call(function, case.args, spec.may_share, seconds, times=case.times)
                )
    return outcomes


def makers(value: Tree) -> Iterator[str]:
    """The names of all that makes an argument within `value`."""
    match value:
        case Make(maker, _):
            yield maker
        case dict():
            for item in value.values():
                yield from makers(item)
        case list() | tuple():
            for item in value:
                yield from makers(item)


def call(
    function: Any,
    args: dict[str, Tree],
    may_share: tuple[str, ...] = (),
    seconds: float = 20.0,
    *,
    times: int = 1,
    value_alone: bool = False,
) -> Outcome:
    """Call `function(*args.values())` on copies of `args`; a second call only looks for memory.

    times: see `utils.judging.spec.Case`. value_alone: what else the call did is not asked.
    """
    wrong = _signature_failure(function, args)
    if wrong is not None:
        return Outcome(failure=wrong)
    given = {name: _realise(value) for name, value in args.items()}
    printed = io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            warnings.catch_warnings(record=True) as caught,
            np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"),
        ):
            warnings.simplefilter("always")
            result = _asked(function, given, times)
            value = plain(result)
            if value_alone:
                return Outcome(value=value)
            changed = tuple(
                name for name, before in args.items() if not _same(given[name], _realise(before))
            )
            shared = tuple(_shared(result, given, may_share))
            idle = _idle(given, args)
            afresh = {name: _realise(value) for name, value in args.items()}
            again = plain(_asked(function, afresh, times))
    except BaseException as error:  # a learner may raise whatever there is
        return Outcome(failure=_failure(error, seconds), printed=printed.getvalue()[:MAX_PRINTED])
    return Outcome(
        value=value,
        changed=changed,
        shared=shared,
        warned=tuple(dict.fromkeys(str(w.message) for w in caught)),
        unsteady=not _same(value, again),
        printed=printed.getvalue()[:MAX_PRINTED],
        idle=idle,
    )


def _asked(function: Any, given: dict[str, Any], times: int) -> Any:
    if times == 1:
        return function(*given.values())
    return [function(*given.values()) for _ in range(times)]


def _idle(given: dict[str, Any], args: dict[str, Tree]) -> bool:
    """Whether there are random generators among the arguments, and all are as they were."""
    used = [
        value.bit_generator.state != _realise(args[name]).bit_generator.state
        for name, value in given.items()
        if isinstance(value, np.random.Generator)
    ]
    return bool(used) and not any(used)


def plain(value: Any) -> Tree:
    """`value` with all that is not a plain array, number, string or container made Foreign."""
    match value:
        case np.ma.MaskedArray():
            return Foreign("masked array")
        case np.ndarray() if type(value) is not np.ndarray:
            return Foreign(type(value).__name__)
        case np.str_():  # what np.unique makes of characters: a string like any other
            return str(value)
        case np.ndarray() | np.generic():
            if value.dtype.kind in "iu":
                value = value.astype(np.int64)
            if value.dtype.name not in DTYPES:
                return Foreign(f"array of dtype {value.dtype.name}")
            if value.size > MAX_ENTRIES:
                return Foreign(f"array of {value.size:,} entries")
            return value.copy()
        case tuple():
            return tuple(plain(item) for item in value)
        case list():
            return [plain(item) for item in value]
        case dict():
            if not all(type(key) is str for key in value):
                return Foreign("dict with keys that are not strings")
            return {key: plain(item) for key, item in value.items()}
        case int() if not -(2**63) <= value < 2**63:
            return Foreign("int beyond 64 bits")
        case None | bool() | int() | float() | str():
            return value
        case complex():
            return np.complex128(value)
    return Foreign(type(value).__name__)


def _realise(value: Tree) -> Any:
    match value:
        case str() | int() | float() | None:  # what nobody can change needs no copy
            return value
        case Make(maker, what):
            return named(maker)(what)
        case dict():
            return {key: _realise(item) for key, item in value.items()}
        case list():
            return [_realise(item) for item in value]
        case tuple():
            return tuple(_realise(item) for item in value)
    return copy.deepcopy(value)


def _same(a: Any, b: Any) -> bool:
    """To the last bit, through containers; all but arrays, numbers and texts counts as equal."""
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS):
        x, y = np.asarray(a), np.asarray(b)
        nan = x.dtype.kind in "fc" and y.dtype.kind in "fc"
        return x.shape == y.shape and np.array_equal(x, y, equal_nan=nan)
    return type(a) is type(b) or (not isinstance(a, _PLAIN) and not isinstance(b, _PLAIN))


def _arrays(value: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _arrays(item, str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _arrays(item, f"{path}[{index}]")


def _shared(result: Any, given: dict[str, Any], may_share: tuple[str, ...]) -> Iterator[tuple]:
    arguments = [(name, [a for _, a in _arrays(value)]) for name, value in given.items()]
    for part, array in _arrays(result):
        if part not in may_share:
            for name, others in arguments:
                if any(np.shares_memory(array, other) for other in others):
                    yield part, name


def _signature_failure(function: Any, args: dict[str, Tree]) -> Failure | None:
    if not callable(function):
        message = f"is bound to something of type {type(function).__name__}, which cannot be called"
        return Failure("arguments", "TypeError", message)
    try:
        signature = inspect.signature(function)
    except (
        TypeError,
        ValueError,
    ):  # built-ins and some ufuncs have none; the call itself will tell
        return None
    try:
        signature.bind(*args)
    except TypeError:
        takes = ", ".join(signature.parameters) or "no arguments"
        if any(p.kind is p.KEYWORD_ONLY for p in signature.parameters.values()):
            takes += "; those after * by their names alone"
        message = f"takes ({takes}) but is called with ({', '.join(args)})"
        return Failure("arguments", "TypeError", message)
    return None


def _said(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except TimeLimit:
        raise
    except BaseException:  # its __str__ is the learner's own as well
        return "(an error whose message cannot be printed)"


def _failure(error: BaseException, seconds: float) -> Failure:
    kinds = {
        NotImplementedError: "not written",
        RecursionError: "recursion",
        KeyboardInterrupt: "interrupted",
        TimeLimit: "time",
    }
    kind = next((k for cls, k in kinds.items() if isinstance(error, cls)), "raised")
    if kind == "not written" and type(error) is not NotImplementedError:
        kind = "raised"  # a question to the keyboard, say
    message = f"no answer within {seconds:g} s" if kind == "time" else _said(error)
    # the last frame that is neither ours nor a library's is the learner's own line
    entries = list(_entries(error.__traceback__))
    if not entries:
        return Failure(kind, type(error).__name__, message)
    asked, frame = (traceback.extract_tb(tb, 1)[0] for tb in (entries[0], entries[-1]))
    called_at = _code(asked) if frame.name != asked.name and frame.name[0] != "<" else ""
    return Failure(
        kind,
        type(error).__name__,
        message,
        frame.lineno,
        _code(frame),
        frame.name,
        called_at,
        nearest_name(error),
        met(entries[-1]) if isinstance(error, ValueError | IndexError) else "",
    )


def _entries(tb: TracebackType | None) -> Iterator[TracebackType]:
    while tb is not None:
        if is_learners(tb.tb_frame.f_code.co_filename):
            yield tb
        tb = tb.tb_next


def _code(frame: traceback.FrameSummary) -> str:
    return (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()


def missing(name: str) -> Failure:
    """The failure of an exercise whose name is bound to nothing."""
    return Failure("missing", "NameError", f"there is no {name} in this notebook yet")


def fail_all(spec: Spec, failure: Failure) -> list[Outcome]:
    """The same failure for every case."""
    return [Outcome(failure=failure) for _ in spec.cases]
