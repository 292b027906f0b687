"""The pictures of the insights page: SVG by Matplotlib, with a title and a description inside.

Nothing is told by colour alone: shares are written as numbers, what waits is hatched, and the page
has every picture's numbers as a table. Pictures show counts and never a student.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autograder.insights.statistics import CheckStatistic, Mistake, UnitInsights

# of the palette by Okabe and Ito, which the colour-blind can tell apart
BLUE, ORANGE, GREY, INK = "#0072B2", "#E69F00", "#777777", "#222222"
BINS = 10
FIFTHS = 5
WIDTH = 7.2  # inches: a printed page
LABEL = 56  # characters of a row's name

_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "svg.fonttype": "none",  # text stays text: a tenth of the size
    "svg.hashsalt": "insights",  # the same numbers give the same file
    "hatch.linewidth": 0.6,
}


def scores(unit: UnitInsights) -> str:
    """How many students have how many points."""
    rows = histogram(unit)
    with matplotlib.rc_context(_STYLE):
        figure = Figure((WIDTH, 2.4), layout="constrained")
        axes = figure.subplots()
        counts = [count for _, count in rows]
        bars = axes.bar(range(len(rows)), counts, 0.85, color=BLUE)
        axes.bar_label(bars, [str(count or "") for count in counts], padding=2)
        axes.set(xlabel=f"points, of {unit.max_score:g}", ylabel="students")
        axes.set_xticks(range(len(rows)), [label for label, _ in rows])
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return _svg(figure, f"Points in {unit.title}", scores_told(unit))


def histogram(unit: UnitInsights) -> list[tuple[str, int]]:
    """(points, students) for each bar.

    A bar for each whole number of points where there are few, else BINS of the same width and one
    for full marks. A half point counts to the number below it.
    """
    most = max(unit.max_score, 1.0)
    fine = most <= 2 * BINS and most == round(most)
    step = 1.0 if fine else most / BINS
    counts = [0] * (round(most / step) + 1)
    for score in unit.scores:
        counts[min(len(counts) - 1, int(score / step + 1e-9))] += 1
    from_on = "" if fine else "≥ "
    return [(f"{from_on}{step * k:g}", count) for k, count in enumerate(counts)]


def scores_told(unit: UnitInsights) -> str:
    """The histogram in a sentence."""
    bars = [f"{points} points: {count}" for points, count in histogram(unit) if count]
    return f"How many students have how many of {unit.max_score:g} points. {', '.join(bars)}."


def checks(unit: UnitInsights) -> str:
    """Each check's success, in the order of the notebook."""
    rows = unit.checks
    places: list[int] = []
    headings: dict[str, int] = {}
    for row in rows:
        if row.exercise not in headings:
            headings[row.exercise] = len(places) + len(headings)
        places.append(len(places) + len(headings))
    with matplotlib.rc_context(_STYLE):
        figure = Figure((WIDTH, 0.8 + 0.22 * (len(rows) + len(headings))), layout="constrained")
        axes = figure.subplots()
        parts = [
            ("passed", [row.passed for row in rows], {"color": BLUE}),
            ("waits for another check", [row.waiting for row in rows], _HATCHED),
            ("failed", [row.failed for row in rows], {"color": ORANGE}),
        ]
        left = [0.0] * len(rows)
        for label, counts, look in parts:
            shares = [100 * count / unit.judged for count in counts]
            axes.barh(places, shares, left=left, height=0.7, label=label, **look)
            left = [a + b for a, b in zip(left, shares, strict=True)]
        for place, row in zip(places, rows, strict=True):
            axes.text(101, place, f"{100 * row.share:.0f} %", va="center")
        names = {place: row.name for place, row in zip(places, rows, strict=True)}
        names |= {place: exercise for exercise, place in headings.items()}
        axes.set(xlim=(0, 100), xlabel="students, in per cent", yticks=list(names))
        axes.set_yticklabels([_short(name) for name in names.values()])
        axes.tick_params("y", length=0)
        for place, written in zip(names, axes.get_yticklabels(), strict=True):
            written.set_fontweight("bold" if place in headings.values() else "normal")
        axes.invert_yaxis()
        _legend(figure, 3)
        return _svg(figure, f"Checks of {unit.title}", _checks_told(rows, unit.judged))


def mistakes(unit: UnitInsights, most: int) -> str:
    """The known mistakes that were made most often."""
    rows = unit.mistakes[:most]
    with matplotlib.rc_context(_STYLE):
        figure = Figure((WIDTH, 0.6 + 0.26 * len(rows)), layout="constrained")
        axes = figure.subplots()
        bars = axes.barh(range(len(rows)), [row.count for row in rows], height=0.7, color=ORANGE)
        axes.bar_label(bars, [f"{row.count} of {unit.judged}" for row in rows], padding=3)
        axes.set(xlabel="students", yticks=range(len(rows)), xlim=(0, rows[0].count * 1.25))
        axes.set_yticklabels([_short(row.id) for row in rows])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.invert_yaxis()
        return _svg(figure, f"Known mistakes in {unit.title}", _mistakes_told(rows, unit.judged))


def change(unit: UnitInsights) -> str:
    """First and last submission of those who handed in more than once."""
    looks: tuple[Any, ...] = (_HATCHED | {"edgecolor": INK, "linewidth": 0.5}, {"color": BLUE})
    first_and_last = list(zip(*unit.change.scores, strict=True))
    with matplotlib.rc_context(_STYLE):
        figure = Figure((WIDTH, 2.4), layout="constrained")
        axes = figure.subplots()
        for k, word in enumerate(("first", "last")):
            counts = [0] * FIFTHS
            for score in first_and_last[k]:
                fifth = int(FIFTHS * score / max(unit.max_score, 1.0) + 1e-9)
                counts[min(FIFTHS - 1, fifth)] += 1
            places = [place + 0.44 * (k - 0.5) for place in range(FIFTHS)]
            label = f"{word} submission"
            bars = axes.bar(places, counts, 0.42, label=label, **looks[k])
            axes.bar_label(bars, [str(count or "") for count in counts], padding=2)
        edges = [100 * k // FIFTHS for k in range(FIFTHS + 1)]
        axes.set(ylabel="students", xlabel=f"per cent of the {unit.max_score:g} points")
        ranges = [f"{a} to {b - (b < 100)}" for a, b in pairwise(edges)]
        axes.set_xticks(range(FIFTHS), ranges)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        _legend(figure, 2)
        title = f"First and last submission of {unit.title}"
        return _svg(figure, title, change_told(unit))


def change_told(unit: UnitInsights) -> str:
    """The change in a sentence."""
    of = unit.change
    return (
        f"{len(of.scores)} handed in more than once: {of.count(1)} gained points, "
        f"{of.count(0)} stayed, {of.count(-1)} lost some."
    )


_HATCHED: Any = {"facecolor": "white", "edgecolor": GREY, "hatch": "////", "linewidth": 0}


def _legend(figure: Figure, columns: int) -> None:
    figure.legend(loc="outside upper left", ncols=columns, frameon=False)


def _checks_told(rows: Sequence[CheckStatistic], judged: int) -> str:
    told = [f"{row.exercise}, {row.name}: {row.passed} of {judged}" for row in rows]
    return "Students who passed each check. " + "; ".join(told) + "."


def _mistakes_told(rows: Sequence[Mistake], judged: int) -> str:
    told = [f"{row.id}: {row.count} of {judged}" for row in rows]
    return "Students who made each known mistake. " + "; ".join(told) + "."


def _short(text: str) -> str:
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"


def _svg(figure: Figure, title: str, description: str) -> str:
    """The figure as an element of a page, told to those who do not see it."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = text.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    # ids of several pictures on one page must not meet
    stem = re.sub(r"\W+", "-", title.lower())
    text = re.sub(r'\bid="', f'id="{stem}-', text)
    text = re.sub(r'(url\(|href=")#', rf"\g<1>#{stem}-", text)
    told = f'<title id="{stem}-t">{escape(title)}</title>'
    told += f'<desc id="{stem}-d">{escape(description)}</desc>'
    named = f'role="img" aria-labelledby="{stem}-t {stem}-d" '
    return re.sub(r"<svg ([^>]*)>", lambda m: f"<svg {named}{m[1]}>{told}", text, count=1)
