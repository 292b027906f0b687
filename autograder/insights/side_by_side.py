"""Pairs of submissions side by side, for a person to look at: one HTML page that runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from autograder.cells import shown
from autograder.insights.alike import SHARE, TOKENS, Code, K, Pair, few
from autograder.insights.handed_in import Written
from autograder.insights.page import POLICY

MADE_BY = '<meta name="generator" content="autograder similar">'
MOST = 50  # pairs on the page; the table of the terminal has them all
SMALL = 30  # students; see docs/insights.md for what was measured

_CSS = """
:root { color-scheme: light }
body { font: 1rem/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 90em;
  margin: 2em auto; padding: 0 1em }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1em }
.pair > div { min-width: 0 } h2 { border-top: 2px solid #222; padding-top: .6em }
pre { background: #f6f6f6; padding: .8em; white-space: pre-wrap; overflow-wrap: anywhere;
  font-size: .85em; margin: 0 }
mark { background: #ffe08a; color: #111; text-decoration: underline #8a5a00 }
table { border-collapse: collapse } th, td { text-align: left; padding: .2em 1em .2em 0;
  border-bottom: 1px solid #ccc }
@media print { body { margin: 0 } h2 { break-after: avoid } }
"""


def caution(students: int) -> list[str]:
    """What a pair in the list says, and what it does not."""
    told = [
        "This accuses nobody: it says where to look, and a person decides. Two may have learned "
        "from the same page, worked together where that is allowed, or had the same idea.",
        f"Compared is what at most {few(students)} of {students} have written, without comments "
        f"and names of one's own. A pair is shown from {TOKENS} shared tokens on, where they are "
        f"at least {100 * SHARE:.0f} % of what is unusual in one of the two.",
        f"What is shorter than {K} tokens, and what many have written, is never seen: no pair in "
        "the list is no proof of anything either.",
    ]
    if students <= SMALL:
        told.append(
            f"In a class of {students} two right answers of the same kind are easily taken for "
            "unusual: expect false alarms."
        )
    return told


def page(written: Written, pairs: Sequence[Pair]) -> str:
    """The page of these pairs."""
    students = len(written.codes)
    title = f"{written.unit}: submissions that are alike"
    notes = "".join(f"<p>{escape(text)}</p>" for text in caution(students))
    rows = "".join(
        f'<tr><td><a href="#pair-{n}">{_name(pair.one)} and {_name(pair.other)}</a></td>'
        f"<td>{100 * pair.share:.0f} %</td><td>{pair.tokens}</td></tr>"
        for n, pair in enumerate(pairs[:MOST])
    )
    head = '<tr><th scope="col">pair</th><th scope="col">share</th><th scope="col">tokens</th></tr>'
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    more = f"<p>And {len(pairs) - MOST} more pairs.</p>" if len(pairs) > MOST else ""
    shown_pairs = "".join(_pair(n, pair, written) for n, pair in enumerate(pairs[:MOST]))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{MADE_BY}'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_CSS}</style></head><body><header><h1>{escape(title)}</h1>{notes}</header>"
        f"<main>{table if pairs else '<p>No pair.</p>'}{more}{shown_pairs}</main></body></html>\n"
    )


def _pair(number: int, pair: Pair, written: Written) -> str:
    sides = "".join(
        f"<div><h3>{_name(student)}</h3><pre>{_marked(written.codes[student], places)}</pre></div>"
        for student, places in zip((pair.one, pair.other), pair.places, strict=True)
    )
    title = f"{_name(pair.one)} and {_name(pair.other)}: {pair.tokens} tokens alike"
    return (
        f'<section aria-labelledby="pair-{number}"><h2 id="pair-{number}">{title}</h2>'
        f'<div class="pair">{sides}</div></section>'
    )


def _marked(code: Code, places: Sequence[tuple[int, int]]) -> str:
    parts, at = [], 0
    for begin, end in places:
        parts += [escape(code.text[at:begin]), f"<mark>{escape(code.text[begin:end])}</mark>"]
        at = end
    return "".join([*parts, escape(code.text[at:])])


def _name(student: str) -> str:
    return escape(shown(student))
