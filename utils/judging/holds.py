"""Whether an outcome passes a check on a case, and if not, why not."""

from __future__ import annotations

from utils.judging.compare import SHAPES_ONLY, Difference, Tolerance, difference
from utils.judging.named import named
from utils.judging.spec import Case, Check, Failure, Outcome, Spec
from utils.judging.wire import Tree


def wrong(spec: Spec, check: Check, index: int, outcome: Outcome) -> Difference | Failure | None:
    return fails(check, spec.cases[index], outcome, spec.returns)


def fails(
    check: Check, case: Case, outcome: Outcome, returns: tuple[str, ...]
) -> Difference | Failure | None:
    """Why this outcome fails this check on a case; None where it does not."""
    if outcome.failure:
        return outcome.failure
    if check.kind == "shape":
        found = difference(case.expected, outcome.value, SHAPES_ONLY, returns)
        return found if found and found.kind not in ("value", "nan") else None
    if check.kind == "pure":
        text = side_effects(outcome)
        return Difference("effect", "", text) if text else None
    value, expected = outcome.value, case.expected
    if check.parts:
        value, expected = (select(v, check.parts, returns) for v in (value, expected))
    if check.measure and not outcome.measured:
        try:
            value = named(check.measure)(case.args, value)
        except ValueError as error:
            return Difference("structure", "", str(error), expected, value)
    within = Tolerance(check.rtol, check.atol, check.by_norm)
    found = difference(expected, value, within, () if check.parts else returns)
    if found is None and check.kind == "quiet" and outcome.warned:
        return Difference("warning", "", f"NumPy warned: {outcome.warned[0]}")
    return found


def select(value: Tree, parts: tuple[str, ...], returns: tuple[str, ...]) -> Tree:
    """The named parts of a result; all of it where it does not even have the right form."""
    if isinstance(value, dict) and not returns:
        return {part: value[part] for part in parts if part in value}
    if not isinstance(value, tuple | list) or len(value) != len(returns):
        return value
    named = dict(zip(returns, value, strict=True))
    for item in value:
        if isinstance(item, dict):
            named |= {key: inner for key, inner in item.items() if key not in returns}
    return {part: named[part] for part in parts if part in named}


def side_effects(outcome: Outcome) -> str:
    """What the call did besides answering, in words; "" where it did nothing."""
    if outcome.changed:
        names = " and ".join(outcome.changed)
        return (
            f"your function changes its argument {names}. The caller still needs the old values: "
            f"make a new array (`a = a * b`, not `a *= b`)"
        )
    if outcome.shared:
        part, name = outcome.shared[0]
        return (
            f"{part or 'the result'} is a view of the argument {name}: whoever changes one changes "
            f"the other. Return an array of its own, for example with .copy()"
        )
    if outcome.unsteady:
        return (
            "asked twice with the same arguments, your function gave two answers: it keeps "
            "something between calls, or draws random numbers"
        )
    return ""


def measured(check: Check, args: dict[str, Tree], outcome: Outcome) -> Tree:
    """What a check compares of an answer; where that cannot be measured, why not."""
    if not check.measure or outcome.measured:
        return outcome.value
    try:
        return named(check.measure)(args, outcome.value)
    except ValueError as error:
        return str(error)


def compared(spec: Spec, check: Check, args: dict[str, Tree], outcome: Outcome) -> Tree:
    """What a check compares of an answer: its measure, the parts it looks at, or all of it."""
    if check.measure:
        return measured(check, args, outcome)
    return select(outcome.value, check.parts, spec.returns) if check.parts else outcome.value
