"""The insights as one HTML page that a teacher can show to the class.

It asks nothing of the network and runs nothing. It names no student: who needs somebody is told in
the terminal, in the CSV and in the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from autograder.insights import pictures
from autograder.insights.statistics import ENOUGH, UnitInsights

MADE_BY = '<meta name="generator" content="autograder insights">'
RANKED = 12  # mistakes in the picture; the table has them all
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'"

_CSS = """
:root { color-scheme: light }
body { font: 1rem/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 50em;
  margin: 2em auto; padding: 0 1em }
h1 { line-height: 1.2 } h2 { border-top: 2px solid #222; padding-top: .6em; margin-top: 2em }
figure { margin: 1em 0 } svg { width: 100%; height: auto } figcaption { color: #444 }
table { border-collapse: collapse; width: 100%; margin: 1em 0; font-size: .95em }
th, td { text-align: left; vertical-align: top; padding: .25em .8em .25em 0;
  border-bottom: 1px solid #ccc }
th, td.number { white-space: nowrap } td:not(.number) { overflow-wrap: break-word }
td:first-child { min-width: 5.5em }
td.number, th.number { text-align: right }
ul.facts { padding-left: 1.2em } code { font-size: .95em }
@media print { body { margin: 0; max-width: none; font-size: 10pt }
  figure, tr { break-inside: avoid } h2, h3 { break-after: avoid }
  section.unit + section.unit { break-before: page } }
"""


def page(units: Sequence[UnitInsights]) -> str:
    """The page of these units."""
    names = ", ".join(unit.unit for unit in units)
    title = f"What the class has understood: {names}"
    body = [f"<header><h1>{escape(title)}</h1></header><main>"]
    if len(units) > 1:
        body.append(_overview(units))
    body += [_unit(unit) for unit in units]
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{MADE_BY}'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_CSS}</style></head><body>{''.join(body)}</main></body></html>\n"
    )


def _overview(units: Sequence[UnitInsights]) -> str:
    rows = [
        (
            f'<a href="#{escape(unit.unit)}">{escape(unit.unit)}</a>',
            f"{unit.judged} of {unit.roster}",
            "" if unit.mean is None else f"{unit.mean:.1f} of {unit.max_score:g}",
            str(unit.full()),
            str(len(unit.stuck)),
        )
        for unit in units
    ]
    head = ("unit", "handed in", "mean", "full marks", "stuck")
    return (
        f'<section aria-labelledby="all"><h2 id="all">All units</h2>{_table(head, rows)}</section>'
    )


def _unit(unit: UnitInsights) -> str:
    name = escape(unit.unit)
    parts = [
        f'<section class="unit" aria-labelledby="{name}">',
        f'<h2 id="{name}">{name}: {escape(unit.title)}</h2>',
        f'<ul class="facts">{"".join(f"<li>{escape(fact)}</li>" for fact in facts(unit))}</ul>',
    ]
    if unit.judged:
        parts += [_scores(unit), _mistakes(unit), _checks(unit)]
        if unit.change.scores:
            parts.append(_change(unit))
    parts.append("</section>")
    return "".join(parts)


def facts(unit: UnitInsights) -> list[str]:
    """What is to be known first, each in a sentence."""
    told = [f"{unit.judged} of {unit.roster} students handed in a notebook that was judged."]
    if unit.unreadable:
        told.append(f"Cannot be read: what {len(unit.unreadable)} handed in.")
    if unit.judged:
        told.append(
            f"Of {unit.max_score:g} points the mean is {unit.mean:.1f} and the median "
            f"{unit.median:g}; all of them: {unit.full()}; less than half: {unit.below_half()}. "
            "What a person marks does not count here."
        )
        told.append(f"Stuck: {len(unit.stuck)}; the terminal and the CSV say who.")
    return told


def _scores(unit: UnitInsights) -> str:
    return f"<h3>Points</h3>{_figure(pictures.scores(unit), pictures.scores_told(unit))}"


def _mistakes(unit: UnitInsights) -> str:
    if not unit.mistakes:
        return "<h3>Known mistakes</h3><p>None was recognised.</p>"
    rows = [
        (f"{row.count} of {unit.judged}", _id(row.id), escape(row.message)) for row in unit.mistakes
    ]
    said = "Each answer in which a known mistake was recognised, and the message that was read."
    return (
        f"<h3>Known mistakes</h3>{_figure(pictures.mistakes(unit, RANKED), said)}"
        f"{_table(('students', 'mistake', 'the message they read'), rows)}"
    )


def _id(id: str) -> str:
    """A mistake's id, which may be broken where its words end."""
    return "<code>" + re.sub("([/-])", r"\1<wbr>", escape(id)) + "</code>"


def _checks(unit: UnitInsights) -> str:
    rows = [
        (
            f"<code>{escape(row.exercise)}</code>: {escape(row.name)}",
            f"{row.passed} of {unit.judged}",
            str(row.waiting),
            "–" if row.discrimination is None else f"{row.discrimination:.2f}",
        )
        for row in unit.checks
    ]
    said = (
        "A hatched part waits: nothing is wrong with what the check looks at, it counts once a "
        "value is right."
    )
    head = ("check", "passed", "wait", "discrimination")
    why = (
        "Discrimination is the correlation of passing the check with the number of the unit's "
        "other checks that are passed (corrected item-total correlation). Below about 0.2 a check "
        f"tells little of the rest; – where all or none pass, or fewer than {ENOUGH} handed in."
    )
    table = _table(head, rows, numbers=(1, 2, 3))
    return f"<h3>Checks</h3>{_figure(pictures.checks(unit), said)}{table}<p>{escape(why)}</p>"


def _change(unit: UnitInsights) -> str:
    told = pictures.change_told(unit)
    return f"<h3>From first to last</h3>{_figure(pictures.change(unit), told)}"


def _figure(picture: str, caption: str) -> str:
    return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already."""

    def row(cells: Sequence[str], tag: str) -> str:
        kinds = [' class="number"' if k in numbers else "" for k in range(len(cells))]
        scope = ' scope="col"' if tag == "th" else ""
        parts = [f"<{tag}{scope}{k}>{c}</{tag}>" for c, k in zip(cells, kinds, strict=True)]
        return f"<tr>{''.join(parts)}</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"
