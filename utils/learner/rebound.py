"""A function as it was written, with other functions under the names that it calls."""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

__all__ = ["names_used", "rebound"]

Function = Callable[..., Any]


def names_used(code: CodeType) -> Iterator[str]:
    """The global names that a piece of code, or a function inside it, asks for."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):  # not attributes, not imports
            yield instruction.argval
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from names_used(inner)


def rebound(function: Function, others: Mapping[str, Function]) -> Function | None:
    """A copy of `function` that finds `others` under their names; the function stays as it is.

    Functions beside it that it calls are copied in the same way. Returns None where it does not ask
    for all of these names: then it does by itself what they would do.
    """
    if not isinstance(function, FunctionType):
        return None
    own = function.__globals__
    namespace, asked = {**own, **others}, set()
    waiting, seen = [function], {function.__name__}
    while waiting:
        for name in names_used(waiting.pop().__code__):
            beside = own.get(name)
            if name in others:
                asked.add(name)
            elif (
                isinstance(beside, FunctionType) and beside.__globals__ is own and name not in seen
            ):
                seen.add(name)
                namespace[name] = _copy(beside, namespace)
                waiting.append(beside)
    return _copy(function, namespace) if asked == others.keys() else None


def _copy(function: FunctionType, namespace: dict[str, Any]) -> FunctionType:
    made = FunctionType(
        function.__code__,
        namespace,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made
