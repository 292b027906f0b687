"""While an answer is judged, the course's own library is closed to it.

`utils` trains, measures and checks; some of that is what an exercise asks for. So as long as an
answer is asked, every function whose code lies in `utils` raises, by whatever name, alias, class or
wrapper it is reached; what draws pictures, reads data or judges stays open, and so do the modules
that a case's own arguments come from. An exercise may close functions of `earlier.py` as well.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NoReturn

OPEN = ("data", "judging", "pictures", "threads.py", "moved.py", "__init__.py")
_LIBRARY = Path(__file__).resolve().parents[1]


class Closed(RuntimeError):
    """The course's own function was called by an answer that is judged."""


def _refuse(*args: Any, **options: Any) -> NoReturn:
    from utils.judging.closed import Closed

    raise Closed(
        "this is the course's own function: while an answer is judged it is closed. Write what the "
        "exercise asks for yourself"
    )


@contextmanager
def closed(earlier: Collection[str] = (), needed: Iterable[str] = ()) -> Iterator[None]:
    """Close the library within the block.

    earlier: names of functions of `earlier.py` to close as well. needed: modules, by name, that
    stay open because the arguments of a case are made by them.
    """
    files = {getattr(sys.modules.get(name), "__file__", None) for name in needed}
    changed: list[tuple[FunctionType, CodeType]] = []
    try:
        for function in _functions():
            code = function.__code__
            if code is not _refuse.__code__ and _is_closed(code, earlier, files):
                function.__code__ = _refuse.__code__.replace(co_freevars=code.co_freevars)
                changed.append((function, code))
        yield
    finally:
        for function, code in changed:
            function.__code__ = code


def _is_closed(code: CodeType, earlier: Collection[str], files: Collection[str | None]) -> bool:
    place = Path(code.co_filename)
    if place.name == "earlier.py":
        return code.co_name in earlier
    if code.co_filename in files or _LIBRARY not in place.parents:
        return False
    return place.relative_to(_LIBRARY).parts[0] not in OPEN


def _functions() -> Iterator[FunctionType]:
    """Every function there is: those that the collector looks at, and what modules hold."""
    seen: set[int] = set()
    for found in gc.get_objects():
        if type(found) is FunctionType:
            seen.add(id(found))
            yield found
    # what was frozen before a fork is not looked at any more
    for name, module in list(sys.modules.items()):
        if name == "earlier" or name.partition(".")[0] == "utils":
            for function in _held(module):
                if id(function) not in seen:
                    seen.add(id(function))
                    yield function


def _held(owner: ModuleType | type) -> Iterator[FunctionType]:
    for value in list(vars(owner).values()):
        inner = getattr(value, "__func__", value)  # a static or class method
        if isinstance(inner, property):
            yield from (f for f in (inner.fget, inner.fset) if type(f) is FunctionType)
        elif type(getattr(inner, "__wrapped__", inner)) is FunctionType:
            yield getattr(inner, "__wrapped__", inner)
        elif isinstance(inner, dict):
            yield from (f for f in inner.values() if type(f) is FunctionType)
        elif isinstance(inner, type) and inner.__module__ == getattr(owner, "__name__", ""):
            yield from _held(inner)
