"""A verdict for people: as a box in the notebook, and as plain text where HTML cannot be shown."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from utils.judging.heat import heat_maps
from utils.judging.judge import CheckResult, Evidence, Verdict
from utils.judging.wire import Foreign, Make
from utils.language import say

DIGITS = 5  # as many are shown, where they tell two arrays apart
SMALL = 30  # entries up to which an array is printed whole

_STYLE = (
    "border:1px solid var(--jp-border-color1,#bbb);border-left:6px solid {edge};border-radius:6px;"
    "padding:.7em 1em;margin:.3em 0;max-width:60em;line-height:1.5;"
    "color:var(--jp-ui-font-color1,inherit);background:var(--jp-layout-color1,transparent);"
    "font-family:var(--jp-ui-font-family,sans-serif)"
)
_CODE = (
    "margin:.2em 0 .6em;padding:.4em .6em;white-space:pre-wrap;overflow-x:auto;border-radius:4px;"
    "font-size:.9em;background:var(--jp-layout-color2,rgba(128,128,128,.12));color:inherit"
)
_LARGE = "font-weight:bold;font-size:19px;line-height:1"  # so large, 3 : 1 is enough
_CELL = "display:inline-block;text-indent:0"
_GREEN, _ORANGE = "#0A8F6A", "#D4570B"  # 3 : 1 or more on white, and on a dark theme's #111


def points(value: float) -> str:
    """`7` or `6.5`."""
    return f"{value:g}"


def headline(verdict: Verdict) -> str:
    score = f"{points(verdict.score)} of {points(verdict.max_score)} points"
    if verdict.passed:
        return say(f"{verdict.exercise}: all right, {score}")
    return say(f"{verdict.exercise}: {score}, not there yet")


def box(inside: str, label: str, right: bool = False) -> str:
    """HTML in the frame that every verdict has. label: what a screen reader calls it, escaped."""
    style = _STYLE.format(edge=_GREEN if right else _ORANGE)
    return f'<div role="group" aria-label="{label}" style="{style}">{inside}</div>'


def html(verdict: Verdict, open_hints: bool = True) -> str:
    """The box: every check with an icon and words, the first failure in full, hints that unfold.

    open_hints=False leaves the hints out (for feedback on work that is handed in).
    """
    parts = [
        f"<p style='margin:0 0 .4em'><strong>{escape(headline(verdict))}</strong></p>",
        "<ul style='list-style:none;margin:0;padding:0'>",
        *(_html_line(check) for check in verdict.checks),
        "</ul>",
    ]
    if verdict.diagnosis:
        parts.append(
            f"<p style='margin:.8em 0 .4em'><strong>{prose(say(verdict.diagnosis))}</strong></p>"
        )
    if verdict.evidence:
        parts.append(_html_evidence(verdict.evidence))
    if verdict.printed:
        parts.append(f"<div>{say('Your function printed:')}</div>")
        parts.append(f'<pre style="{_CODE}">{escape(verdict.printed)}</pre>')
    if open_hints and not verdict.passed:
        parts.append(_html_hints(verdict.hints))
    return box("".join(parts), escape(say(f"Check of {verdict.exercise}")), verdict.passed)


def text(verdict: Verdict, open_hints: bool = True) -> str:
    """The same in plain text, one line per check."""
    lines = [headline(verdict)]
    lines += [f"  {_words(check)}" for check in verdict.checks]
    if verdict.diagnosis:
        lines += ["", say(verdict.diagnosis)]
    if verdict.evidence:
        evidence = verdict.evidence
        differs = f"{say('What differs:')} {say(evidence.text)}"
        lines += ["", differs, say("Given:"), _indent(show_args(evidence.args))]
        if evidence.expected is not None and evidence.got is not None:
            expected, got = show_both(evidence.expected, evidence.got)
            lines += [say("Expected:"), _indent(expected), say("Your answer:"), _indent(got)]
    if verdict.printed:
        lines += [say("Your function printed:"), _indent(verdict.printed)]
    if open_hints and not verdict.passed and verdict.hints:
        lines += ["", say(f"Hint: {verdict.hints[0]}")]
    return "\n".join(lines)


def show_both(expected: Any, got: Any) -> tuple[str, str]:
    """Both as `show` has them, with as many digits as it takes to see a difference."""
    for digits in (DIGITS, 8, 12, 17):
        one, other = show(expected, digits), show(got, digits)
        if one != other:
            return one, other
    return show(expected), say("the same numbers")


def show(value: Any, digits: int = DIGITS) -> str:
    """A value with its shape; arrays of more than SMALL entries only at their edges."""
    match value:
        case np.ndarray():
            if value.size > 1 and not value.any():
                return say(f"zeros, shape {value.shape}")
            small = value.dtype.kind == "f" and 1e-3 < np.abs(value).max(initial=1e-2) < 1e5
            small = small and digits == DIGITS
            with np.printoptions(
                precision=digits, suppress=bool(small), threshold=SMALL, edgeitems=2, linewidth=88
            ):
                shape = say(f"shape {value.shape}")
                return f"{value}   {shape}" if value.ndim < 2 else f"{shape}\n{value}"
        case Foreign(name):
            return f"a {name}"
        case Make(maker, what):
            return f"{maker.partition(':')[2]}({what!r})"
        case dict():
            return "\n".join(_named(key, item, digits) for key, item in value.items())
        case tuple() | list():
            items = enumerate(value)
            return "\n".join(_named(f"[{index}]", item, digits) for index, item in items)
        case float() | np.generic():
            return f"{value:.{max(digits, 10)}g}" if not isinstance(value, np.bool_) else str(value)
    return repr(value)


def show_args(args: Mapping[str, Any]) -> str:
    """All arguments by name: their shapes in one line, and their values where they are small."""
    arrays = {name: value for name, value in args.items() if isinstance(value, np.ndarray)}
    if sum(array.size for array in arrays.values()) <= 4 * SMALL:
        return "\n".join(_named(name, value) for name, value in args.items())
    shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
    others = [_named(name, value) for name, value in args.items() if name not in arrays]
    return "\n".join([shapes, *others] if shapes else others)


def _named(name: str, value: Any, digits: int = DIGITS) -> str:
    shown = show(value, digits)
    return f"{name} =\n{_indent(shown)}" if "\n" in shown else f"{name} = {shown}"


def _indent(block: str) -> str:
    return "\n".join(f"  {line}" for line in block.splitlines())


def _words(check: CheckResult) -> str:
    _, icon, word = _state(check)
    return f"{icon} {word}: {check.name} ({points(check.points)}){_aside(check)}"


def _aside(check: CheckResult) -> str:
    """What a line says after the points; a failure's message has a place of its own."""
    return f": {say(check.message)}" if check.waiting or (check.passed and check.message) else ""


def _state(check: CheckResult) -> tuple[str, str, str]:
    """Colour, icon and word."""
    if check.passed:
        return _GREEN, "✔", say("counted" if check.message else "passed")
    return ("inherit", "○", say("later")) if check.waiting else (_ORANGE, "✘", say("not yet"))


def _html_line(check: CheckResult) -> str:
    colour, icon, word = _state(check)
    worth = say("1 point" if check.points == 1 else f"{points(check.points)} points")
    return (
        f"<li style='padding-left:calc(24px + 5.6em);text-indent:calc(-24px - 5.6em)'>"
        f"<span aria-hidden='true' style='color:{colour};{_LARGE};{_CELL};width:24px'>{icon}</span>"
        f"<span style='{_CELL};width:5.6em;white-space:nowrap'>{word}</span> {prose(check.name)} "
        f"<small>({worth}{escape(_aside(check))})</small></li>"
    )


def _html_evidence(evidence: Evidence) -> str:
    parts = [f"<p style='margin:.4em 0'>{prose(say(evidence.text))}</p>"]
    blocks = [("Given:", show_args(evidence.args))]
    if evidence.expected is not None and evidence.got is not None:
        expected, got = show_both(evidence.expected, evidence.got)
        blocks += [("Expected:", expected), ("Your answer:", got)]
    for title, block in blocks:
        parts.append(f'<div>{say(title)}</div><pre style="{_CODE}">{escape(block)}</pre>')
    drawn = heat_maps(evidence.found) if evidence.found else ""
    summary = say("The case it fails on")
    case = f"<details><summary>{summary}</summary>{''.join(parts[1:])}</details>"
    return f"{parts[0]}{drawn}{case}"


def _html_hints(hints: tuple[str, ...]) -> str:
    """Hints one inside the other, so that each unfolds only after the one before it."""
    inner = ""
    for number, hint in reversed(list(enumerate(hints, 1))):
        title = say(f"{'A hint' if number == 1 else 'Another hint'} ({number} of {len(hints)})")
        inner = (
            f"<details style='margin:.3em 0'><summary>{title}</summary>"
            f"<p style='margin:.3em 0 .3em 1.2em'>{prose(say(hint))}</p>{inner}</details>"
        )
    return inner


def prose(sentence: str) -> str:
    """Escaped, with `code` between backquotes set as code."""
    pieces = escape(sentence).split("`")
    return "".join(
        f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces)
    )
