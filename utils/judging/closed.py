"""While an answer is judged, the course's own library is closed to it.

`utils` trains, measures and checks; some of that is what an exercise asks for. So as long as an
answer is asked, every function whose code lies in `utils` raises, by whatever name, alias, class or
wrapper it is reached; what draws pictures, reads data or judges stays open, and so do the modules
that a case's own arguments come from. An exercise may close functions of `earlier.py` as well.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NoReturn

OPEN = ("data", "judging", "pictures", "threads.py", "moved.py", "__init__.py")
_HERE = Path(__file__).parents[1]
# as modules name their files: by the way they were imported, through a link perhaps
_LIBRARY = tuple({f"{_HERE}{os.sep}", f"{_HERE.resolve()}{os.sep}"})
_DEPTH = 4  # how deep functions lie in a module's tables


class Closed(RuntimeError):
    """The course's own function was called by an answer that is judged."""


def _refuse(*args: Any, **options: Any) -> NoReturn:
    from utils.judging.closed import Closed

    raise Closed(
        "this is the course's own function: while an answer is judged it is closed. Write what the "
        "exercise asks for yourself"
    )


class _NoNewOnes(MetaPathFinder):
    """Nothing that is closed can be imported anew, or again."""

    def __init__(self, earlier: Collection[str], needed: Collection[str]) -> None:
        self.earlier, self.needed = earlier, needed

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        top, _, rest = name.partition(".")
        room = rest.partition(".")[0]
        shut = top == "utils" and room and f"{room}.py" not in OPEN and room not in OPEN
        if (shut and name not in self.needed) or (name == "earlier" and self.earlier):
            _refuse()


@contextmanager
def closed(earlier: Collection[str] = (), needed: Collection[str] = ()) -> Iterator[None]:
    """Close the library within the block.

    earlier: names of functions of `earlier.py` to close as well. needed: modules, by name, that
    stay open because the arguments of a case are made by them.
    """
    files = {getattr(sys.modules.get(name), "__file__", None) for name in needed}
    changed: list[tuple[FunctionType, CodeType]] = []
    guard = _NoNewOnes(earlier, needed)
    try:
        for function in _functions():
            code = function.__code__
            if _is_closed(code, earlier, files):
                function.__code__ = _refuse.__code__.replace(co_freevars=code.co_freevars)
                changed.append((function, code))
        sys.meta_path.insert(0, guard)
        yield
    finally:
        if guard in sys.meta_path:
            sys.meta_path.remove(guard)
        for function, code in changed:
            function.__code__ = code


def _is_closed(code: CodeType, earlier: Collection[str], files: Collection[str | None]) -> bool:
    file = code.co_filename
    if file.startswith(_LIBRARY):
        inside = file[max(len(place) for place in _LIBRARY if file.startswith(place)) :]
        return inside.split(os.sep)[0] not in OPEN and file not in files
    return code.co_name in earlier and os.path.basename(file) == "earlier.py"


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
            for function in _held(list(vars(module).values()), _DEPTH):
                if id(function) not in seen:
                    seen.add(id(function))
                    yield function


def _held(values: list[Any], depth: int) -> Iterator[FunctionType]:
    for value in values:
        inner = getattr(value, "__func__", value)  # a static or class method
        inner = getattr(inner, "__wrapped__", inner)
        if type(inner) is FunctionType:
            yield inner
        elif isinstance(inner, property):
            yield from (f for f in (inner.fget, inner.fset) if type(f) is FunctionType)
        elif depth and isinstance(inner, dict):
            yield from _held(list(inner.values()), depth - 1)
        elif depth and isinstance(inner, tuple | list):
            yield from _held(list(inner), depth - 1)
        elif depth and isinstance(inner, type) and inner.__module__.startswith("utils"):
            yield from _held(list(vars(inner).values()), depth - 1)
