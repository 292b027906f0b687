"""What the structure of an error says where no known wrong answer matches.

Each rule looks at the expected and the actual array of the first difference and, where it fits
exactly, gives a sentence. The first that fits is told.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from utils.judging.compare import Difference
from utils.judging.spec import Failure
from utils.judging.wire import Foreign

CLOSE = 1e-9


def explain(found: Difference, args: dict[str, Any]) -> str:
    """A sentence on the likely cause of `found`, or ""."""
    match found.kind:
        case "type":
            return _type(found)
        case "dtype":
            return _dtype(found)
        case "shape":
            return _shape(found, args)
        case "nan":
            return (
                "A nan or inf comes from an overflow, a division by zero or a logarithm of zero: "
                "look for exp of a large number first."
            )
        case "value" if isinstance(found.expected, np.ndarray):
            return _values(found.expected, np.asarray(found.got), args)
    return ""


def explain_failure(failure: Failure) -> str:
    """A sentence on the likely cause of an exception, or ""."""
    said = failure.message
    if failure.kind == "missing":
        return ""
    if failure.called_at and failure.kind == "raised":
        return (
            f"The error is in {failure.function}, not in the function that is asked for. Check "
            f"{failure.function} by itself and mend it first. If it is right by itself, it is "
            f"given something else than it expects: `{failure.called_at}`"
        )
    which = f": {failure.met}" if failure.met else ""
    if "matmul" in said or ("shapes" in said and "not aligned" in said):
        return (
            f"A matrix product of shapes that do not fit{which}. Rows are examples: (N, D) @ "
            f"(D, H) gives (N, H). Is a factor transposed, on the wrong side, or not the one meant?"
        )
    if "could not be broadcast" in said:
        return (
            f"Two arrays of different shapes are combined entry by entry{which}. Is a matrix "
            f"product @ written as *, or do the shapes hold for the example's sizes alone?"
        )
    if failure.type in ("NameError", "UnboundLocalError", "AttributeError"):
        return _unknown_name(failure)
    if failure.type == "IndexError" and ("out of bounds" in said or "out of range" in said):
        return (
            f"{failure.met}: an array between square brackets picks along the first axis, not one "
            f"entry of every row. For that, np.take_along_axis(a, index[..., None], axis=-1)."
            if failure.met
            else "An index is larger than its axis is long: does the loop go one step too far, or "
            "over another axis?"
        )
    if "ambiguous" in said:
        return (
            "`if` decides about one number, not about a whole array. Use np.where to decide entry "
            "by entry."
        )
    if "read-only" in said:
        return "The function writes into an array that may only be read: make a copy first."
    return ""


IMPORTED = {"np": "NumPy", "plt": "Matplotlib's pyplot", "check": "the check"}


def _unknown_name(failure: Failure) -> str:
    """What to do about a name that is not known."""
    name = failure.message.split("'")[1] if failure.message.count("'") > 1 else ""
    meant = f" Did you mean `{failure.nearest}`?" if failure.nearest else ""
    if failure.type == "UnboundLocalError":
        return f"`{name}` is used before it has a value: which line should give it one?"
    if failure.type == "AttributeError":
        missing = failure.message.split("'")[-2] if failure.message.count("'") > 1 else ""
        return f"There is no `{missing}`.{meant}" if meant else ""
    if name in IMPORTED:
        return (
            f"`{name}` is {IMPORTED[name]}, which the notebook's first code cell imports. After a "
            f"restart of the kernel every name is gone: run that cell, then this one."
        )
    if meant:
        return f"`{name}` is not known.{meant}"
    return (
        f"`{name}` is not known: it is no argument of the function, gets no value in it, and no "
        f"cell that has run defines or imports it."
    )


def _type(found: Difference) -> str:
    match found.got:
        case None:
            return "The function returns None: is the return line missing?"
        case list():
            return "A list came back. Compute with whole arrays, or wrap the list in np.array(…)."
        case tuple():
            return "A tuple came back: is there a comma too many after return?"
        case Foreign("masked array"):
            return (
                "A masked array came back. A plain array is expected: use .filled(…) or np.where."
            )
        case Foreign(name) if "object" in name:
            return (
                "An array of dtype object came back: its entries are Python objects, often rows of "
                "different lengths or a None among numbers."
            )
        case np.generic() | float() | int():
            return "A single number came back where an array is expected: was it summed away?"
    return ""


def _dtype(found: Difference) -> str:
    kind = found.got.dtype.kind
    if kind == "c":
        return "Complex numbers came back: return the real part of what you compute."
    if kind == "f" and found.expected.dtype.kind in "iub":
        return (
            "Floating point numbers came back where whole numbers or True and False are asked for."
        )
    if kind == "f":
        return (
            "Keep float64: the numbers were rounded to fewer digits on the way (astype? dtype=?)."
        )
    if kind in "ib":
        return (
            "Whole numbers or True/False came back: was something rounded or compared on the way?"
        )
    return ""


def _shape(found: Difference, args: dict[str, Any]) -> str:
    want, have = found.expected.shape, found.got.shape
    if have == want[::-1]:
        return "The result is transposed: rows are examples, so x @ U and not U @ x."
    if tuple(n for n in have if n != 1) == tuple(n for n in want if n != 1):
        return "An axis of length 1 is there or missing: look at keepdims, reshape and squeeze."
    if have == want[1:]:
        return "The first axis is gone: was it summed or averaged, or only one row computed?"
    if have == want[:-1]:
        return "The last axis is gone: was it summed or averaged away?"
    shapes = {name: a.shape for name, a in args.items() if isinstance(a, np.ndarray)}
    same = [name for name, shape in shapes.items() if shape == have]
    return f"That is the shape of {same[0]}." if same else ""


def _values(want: np.ndarray, have: np.ndarray, args: dict[str, Any]) -> str:
    if want.dtype.kind != "f":
        return ""
    if _close(have, -want):
        return "Every entry has the wrong sign and is right otherwise."
    if want.size > 1 and np.ptp(want) > 0 and _close(have, 1 - want):
        return "What came is exactly 1 minus what was expected."
    factor = _factor(want, have)
    if factor:
        return f"Every entry is exactly {_named_factor(factor, want, args)} what was expected."
    if want.ndim >= 2:
        if want.shape[-1] == want.shape[-2] and _close(have, np.swapaxes(want, -1, -2)):
            return "What came is exactly the transpose of what was expected."
        if _close(have, want[::-1]):
            return "The first axis runs backwards: first and last are exchanged."
        for axis, word in ((0, "first axis"), (want.ndim - 1, "last axis")):
            text = _blocks(want, have, axis, word)
            if text:
                return text
    shift = have - want
    if want.size > 1 and _close(shift, np.full_like(shift, shift.flat[0])):
        return f"Every entry is off by the same amount, {shift.flat[0]:.6g}."
    for name, argument in args.items():
        if isinstance(argument, np.ndarray) and _close(have, argument):
            return f"What came is the argument {name}, unchanged."
    return ""


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=CLOSE, atol=1e-12))


def _factor(want: np.ndarray, have: np.ndarray) -> float:
    used = np.abs(want) > 1e-12
    if used.sum() < 2:
        return 0.0
    ratio = float(np.median(have[used] / want[used]))
    return ratio if ratio and _close(have, ratio * want) else 0.0


def _named_factor(factor: float, want: np.ndarray, args: dict[str, Any]) -> str:
    """The factor with its meaning, "3 times (N = 3)", where it is a size of the problem."""
    sizes: dict[int, str] = {2: ""}
    for array in args.values():
        if isinstance(array, np.ndarray) and array.ndim >= 2:
            names = ("T", "N", "H") if array.ndim == 3 else ("N", "H")
            for name, size in zip(names, array.shape, strict=False):
                sizes.setdefault(size, f" ({name} = {size})")
    for size, name in sizes.items():
        if size > 1 and abs(factor - size) < 1e-9:
            return f"{size} times{name}"
        if size > 1 and abs(factor * size - 1) < 1e-9:
            return f"1/{size} of{name}"
    return f"{factor:.6g} times"


def _blocks(want: np.ndarray, have: np.ndarray, axis: int, word: str) -> str:
    n = want.shape[axis]
    right = [i for i in range(n) if _close(have.take(i, axis), want.take(i, axis))]
    if n < 2 or not right or len(right) == n:
        return ""
    if right == [0]:
        return f"Along the {word} only the first is right: what comes after it is not."
    if right == [n - 1]:
        return f"Along the {word} only the last is right: what comes before it is not."
    wrong = [i for i in range(n) if i not in right]
    if len(wrong) <= 2:
        which = " and ".join(map(str, wrong))
        return f"Along the {word} only number {which} of {n} is wrong; the rest is right."
    return ""
