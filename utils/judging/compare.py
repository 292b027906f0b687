"""Compares what came with what was expected, and says exactly how they differ.

Values are compared entry by entry, |got - expected| ≤ rtol·|expected| + atol; gradients array by
array, ‖got - expected‖ ≤ rtol·max(‖expected‖, ‖got‖) + atol. Shapes and types are compared first,
so that numbers are never broadcast into agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.judging.wire import Foreign, Tree


@dataclass(frozen=True)
class Difference:
    """The first difference found.

    kind: "type", "structure", "dtype", "shape", "nan" or "value"; part: which part of the result
    ("" where there is only one); text: the difference in words; wrong: of two arrays of one shape,
    which entries differ.
    """

    kind: str
    part: str
    text: str
    expected: Any = None
    got: Any = None
    wrong: np.ndarray | None = None


@dataclass(frozen=True)
class Tolerance:
    """How far values may be apart; by_norm: as whole arrays, the way gradients are compared."""

    rtol: float
    atol: float
    by_norm: bool = False


SHAPES_ONLY = Tolerance(np.inf, np.inf)


def difference(
    expected: Tree,
    got: Tree,
    within: Tolerance,
    returns: tuple[str, ...] = (),
    part: str = "",
) -> Difference | None:
    """None where `got` agrees with `expected`, else the first difference."""
    if isinstance(expected, tuple | list):
        return _sequence(expected, got, within, returns, part)
    if isinstance(expected, dict):
        return _mapping(expected, got, within, part)
    if isinstance(expected, str) or expected is None:
        if type(got) is type(expected) and got == expected:
            return None
        shown = repr(got) if isinstance(got, str) else describe(got)
        return Difference("value", part, f"expected {expected!r}, got {shown}")
    return _numbers(expected, got, within, part)


def describe(value: Tree, within: bool = False) -> str:
    """A value in a few words: "an array (3, 5)", "a list of 2 (…)", "None".

    within: of a list or tuple that is described; one within it is not opened.
    """
    match value:
        case Foreign(name):
            return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
        case np.ndarray():
            return f"an array {value.shape}"
        case None:
            return "None"
        case bool() | int() | float() | str() | np.generic():
            return f"the {type(value).__name__} {value!s}"
        case tuple() | list() if value:
            if within:
                return f"a {type(value).__name__} of {len(value)}"
            inside = ", ".join(dict.fromkeys(describe(item, within=True) for item in value[:4]))
            inside += ", …" * (len(value) > 4)
            return f"a {type(value).__name__} of {len(value)} ({inside})"
    return f"an empty {type(value).__name__}" if not value else f"a {type(value).__name__}"


def _sequence(
    expected: tuple | list, got: Tree, within: Tolerance, returns: tuple, part: str
) -> Difference | None:
    kind = type(expected).__name__
    wanted = f" ({', '.join(returns)})" if returns and not part else ""
    if not isinstance(got, tuple | list):
        text = f"expected {len(expected)} results{wanted}, got {describe(got)}"
        if got is None:
            text += ": is the return line missing?"
        return Difference("structure", part, text, expected, got)
    if len(got) != len(expected):
        text = f"expected a {kind} of {len(expected)}{wanted}, got one of {len(got)}"
        return Difference("structure", part, text, expected, got)
    for index, (e, g) in enumerate(zip(expected, got, strict=True)):
        name = returns[index] if index < len(returns) and not part else f"{part}[{index}]"
        found = difference(e, g, within, (), name)
        if found:
            return found
    return None


def _mapping(expected: dict, got: Tree, within: Tolerance, part: str) -> Difference | None:
    if not isinstance(got, dict):
        text = f"expected a dict with {', '.join(expected)}, got {describe(got)}"
        return Difference("structure", part, text, expected, got)
    missing = [key for key in expected if key not in got]
    extra = [key for key in got if key not in expected]
    if missing or extra:
        said = [f"{key!r} is missing" for key in missing] + [f"{key!r} is unknown" for key in extra]
        return Difference("structure", part, f"its keys: {', '.join(said[:6])}", expected, got)
    for key, value in expected.items():
        found = difference(value, got[key], within, (), f'{part}["{key}"]' if part else key)
        if found:
            return found
    return None


def _numbers(expected: Any, got: Tree, within: Tolerance, part: str) -> Difference | None:
    want = np.asarray(expected)
    article = "an" if want.dtype.kind == "i" else "a"
    wanted = f"{article} {want.dtype} array {want.shape}" if want.ndim else "a number"
    if not isinstance(got, np.ndarray | np.generic | int | float) or (
        want.ndim and not isinstance(got, np.ndarray)
    ):
        return Difference("type", part, f"expected {wanted}, got {describe(got)}", want, got)
    have = np.asarray(got)
    if have.dtype != want.dtype and not (want.ndim == 0 and have.dtype.kind in "iuf"):
        text = f"expected {want.dtype} numbers, got {have.dtype}"
        return Difference("dtype", part, text, want, have)
    if have.shape != want.shape:
        text = f"expected shape {want.shape}, got {have.shape}"
        return Difference("shape", part, text, want, have)
    with np.errstate(all="ignore"):
        gap = np.abs(np.subtract(have, want, dtype=np.result_type(want, float)))
        wrong = ~(gap <= within.rtol * np.abs(want) + within.atol) & (have != want)
        wrong &= ~(np.isnan(have) & np.isnan(want))  # a known wrong answer may be nan
        if within.by_norm and np.isfinite(have).all():
            far = np.linalg.norm(have - want)
            wide = max(np.linalg.norm(want), np.linalg.norm(have))
            wrong &= bool(far > within.rtol * wide + within.atol)
    if not wrong.any():
        return None
    first = tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), want.shape))
    where = f"[{', '.join(map(str, first))}]" if first else ""
    count = f"{int(wrong.sum())} of {want.size} entries differ, first at {where}: " if first else ""
    text = f"{count}expected {_number(want[first])}, got {_number(have[first])}"
    kind = "value" if np.isfinite(have[first]) else "nan"
    return Difference(kind, part, text, want, have, wrong)


def _number(value: Any) -> str:
    return str(value) if value.dtype.kind in "ib" else f"{value:.10g}"


def distance(a: Tree, b: Tree) -> float:
    """The sum of all differences between two results of one form; inf where the forms differ."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return sum(distance(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        return sum(map(distance, a, b))
    numbers = np.ndarray | np.generic | int | float
    if isinstance(a, numbers) and isinstance(b, numbers) and np.shape(a) == np.shape(b):
        return float(np.abs(np.subtract(a, b, dtype=float)).sum())
    return 0.0 if type(a) is type(b) and a == b else float(np.inf)
