"""What a gradient check found: one row per array, in words, as text and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.plots import COLOURS, picture_of
from utils.pictures.themes import Picture

Array = np.ndarray
Verdict = Literal["right", "wrong", "unclear"]
GATES = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}
ICONS = {"right": "✔", "wrong": "✘", "unclear": "?"}
ROUTES = {
    "complex": "by the complex step, good to about 1e-13",
    "central": "by central differences in float64",
}
EVERY, FEW = "every entry", "random projections"  # what of an array was measured
SAME = 1e-6  # relative difference up to which two arrays are called the same


@dataclass
class Row:
    """One array. error: norm-relative, inf where there is nothing to compare. trust: the relative
    error that the measured gradient itself may have. entry, mine, true: the worst entry, where
    entries were measured. size: the norm of the true gradient, where entries were measured."""

    name: str
    shape: tuple[int, ...]
    error: float
    verdict: Verdict
    trust: float = 0.0
    entry: tuple[int, ...] | None = None
    mine: float = np.nan
    true: float = np.nan
    likely: str = ""
    measured: str = FEW
    size: float = np.nan

    @property
    def words(self) -> str:
        """What is wrong with it, in one line; empty for a right one."""
        parts = []
        if self.verdict == "unclear":
            parts.append(f"Cannot be told: the measured gradient is only good to {self.trust:.0e}.")
        if self.entry is not None and self.verdict != "right":
            where = f" at [{', '.join(map(str, self.entry))}]" if self.entry else ""
            parts.append(f"Worst{where}: {self.mine:.6g}, measured {self.true:.6g}.")
            if self.measured not in (EVERY, FEW):
                parts.append(f"({self.measured} were measured.)")
        return " ".join([*parts, self.likely]).strip()


@dataclass
class Report:
    """rows: one per array. route: "complex" or "central". evaluations: of the loss. notes: settings
    at which mistakes hide, and anything else worth knowing."""

    rows: list[Row]
    route: str
    limit: float
    evaluations: int
    notes: list[str] = field(default_factory=list)
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """All arrays are right, and it could be told."""
        return all(row.verdict == "right" for row in self.rows)

    @property
    def wrong(self) -> list[str]:
        """The names of the arrays that are wrong."""
        return [row.name for row in self.rows if row.verdict == "wrong"]

    def row(self, name: str) -> Row:
        """The row of one array. KeyError for an unknown name."""
        return {row.name: row for row in self.rows}[name]

    @property
    def headline(self) -> str:
        counts = {v: sum(row.verdict == v for row in self.rows) for v in ICONS}
        said = ", ".join(f"{n} {v}" for v, n in counts.items() if n or v == "right")
        return f"Gradient check of {len(self.rows)} arrays: {said}"

    @property
    def likely(self) -> str:
        """What the wrong arrays have in common, or ""."""
        return in_common(self.rows)

    def __str__(self) -> str:
        wide = max((len(row.name) for row in self.rows), default=0)
        shapes = max((len(str(row.shape)) for row in self.rows), default=0)
        lines = [self.headline, *([self.likely] if self.likely else [])]
        for row in self.rows:
            line = f"  {ICONS[row.verdict]} {row.verdict:7} {row.name:{wide}}  "
            line += f"{row.shape!s:{shapes}}  error {row.error:.1e}  {row.words}"
            lines.append(line.rstrip())
        lines.append(f"Measured {ROUTES[self.route]}; {self.evaluations:,} values of the loss; "
                     f"right up to {self.limit:g}.")  # fmt: skip
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        left = "style='text-align:left'"
        short = "style='text-align:left;white-space:nowrap'"
        words = ("verdict", "array", "shape", "error", "what the error looks like")
        head = "".join(f"<th scope='col' {left}>{word}</th>" for word in words)
        body = "".join(
            f"<tr><td {short}><span aria-hidden='true'>{ICONS[row.verdict]}</span> "
            f"{row.verdict}</td>"
            f"<th scope='row' {left}><code>{escape(row.name)}</code></th>"
            f"<td {short}>{row.shape}</td><td {short}>{row.error:.1e}</td>"
            f"<td {left}>{escape(row.words)}</td></tr>"
            for row in self.rows
        )
        after = [line for line in str(self).splitlines()[1:] if not line.startswith("  ")]
        lines = [f"<p style='margin:.2em 0'>{escape(line)}</p>" for line in after]
        if self.likely:
            lines[0] = f"<p style='margin:.2em 0'><strong>{escape(self.likely)}</strong></p>"
        table = f"<table><caption>{escape(self.headline)}</caption><tr>{head}</tr>{body}</table>"
        return {"text/plain": str(self), "text/html": table + "".join(lines)}

    def plot(self) -> Picture:
        """The error of every array on one scale, with the limit. (An LSTM's report draws a map.)"""
        names = [row.name for row in self.rows]
        errors = [min(max(row.error, 1e-17), 1.0) for row in self.rows]
        shades = {"right": "input", "wrong": "forget", "unclear": "candidate"}
        fig, ax = plt.subplots(figsize=(7.5, 1.2 + 0.28 * len(names)))
        for k, row in enumerate(self.rows):
            ax.plot([1e-17, errors[k]], [k, k], color=COLOURS[shades[row.verdict]])
            ax.plot(errors[k], k, "s" if row.verdict == "wrong" else "o",
                    color=COLOURS[shades[row.verdict]])  # fmt: skip
        ax.axvline(self.limit, color=COLOURS["x"], linestyle="--", linewidth=1.2)
        ax.set(xscale="log", xlim=(1e-17, 3), yticks=range(len(names)), yticklabels=names,
               xlabel=f"relative error (dashed: the limit, {self.limit:g})",
               title="How far each gradient is off")  # fmt: skip
        ax.invert_yaxis()
        told = (f"{row.name} {row.verdict}, {row.error:.0e}" for row in self.rows)
        return picture_of(fig, f"Relative error of each gradient. {'; '.join(told)}.")


def in_common(rows: Sequence[Row]) -> str:
    """What the wrong ones of these rows have in common, in the course's names, or ""."""
    wrong = [row.name for row in rows if row.verdict == "wrong"]
    rest = [row.name for row in rows if row.verdict != "wrong"]
    if len(wrong) < 2:
        return ""
    said = {row.likely for row in rows if row.verdict == "wrong"}
    if len(said) == 1 and (only := said.pop()):
        which = "every array" if not rest else f"all of {', '.join(wrong)}"
        return f"The same in {which}: {only}"
    gated = GATES.keys() <= {row.name.split("_")[-1] for row in rows}
    for part, kind in ((-1, "last"), (0, "first")):
        common = {name.split("_")[part] for name in wrong}
        if len(common) == 1 and common.isdisjoint(name.split("_")[part] for name in rest):
            letter = common.pop()
            if kind == "last" and letter in GATES and gated:
                return f"Only the {GATES[letter]}'s block is wrong: look at its own lines."
            return f"Only the arrays called {letter} are wrong: {', '.join(wrong)}."
    return ""


def likely(mine: Array, true: Array, sizes: Mapping[str, int]) -> str:
    """What the difference of two arrays of one shape looks like, in a sentence."""
    if not true.any():
        return "The loss does not depend on it here: the gradient is 0."
    if not mine.any():
        return "It is all zero: nothing arrives."
    factor = float((mine * true).sum() / (true * true).sum())
    if factor and _same(mine, factor * true):
        return named_factor(factor, sizes)
    if true.ndim == 2 and true.shape[0] == true.shape[1] and _same(mine, true.T):
        return "It is exactly transposed."
    if _same(np.abs(mine), np.abs(true)):
        return "Some entries have the wrong sign; their sizes are right."
    bound = np.abs(mine).max()
    if np.sum(np.abs(mine) >= bound * (1 - 1e-12)) > 1 and _same(
        mine, np.clip(true, -bound, bound)
    ):
        return f"It is clipped at {bound:g}."
    far = np.abs(mine - true) > SAME * np.abs(true).max()
    if far.sum() == 1 < true.size:
        return "Only this entry differs; the rest is right."
    for axis, word in ((0, "row"), (1, "column")):
        text = _blocks(mine, true, axis, word) if true.ndim == 2 else ""
        if text:
            return text
    if true.ndim == 1 or true.ndim > 2:
        text = _blocks(mine, true, 0, "entry" if true.ndim == 1 else "first index")
        if text:
            return text
    shift = mine - true
    if true.size > 1 and _same(shift, np.full_like(shift, shift.flat[0])):
        return f"Every entry is off by the same {shift.flat[0]:.4g}."
    cosine = float((mine * true).sum() / (np.linalg.norm(mine) * np.linalg.norm(true)))
    if cosine > 0.1:
        return f"It still points downhill (cosine {cosine:.2f}), so it may even train."
    return f"It has little to do with the gradient (cosine {cosine:.2f})."


def _same(a: Array, b: Array) -> bool:
    return bool(np.linalg.norm(a - b) <= SAME * (np.linalg.norm(a) + np.linalg.norm(b)))


def named_factor(factor: float, sizes: Mapping[str, int]) -> str:
    if abs(factor + 1) < SAME:
        return "The sign is turned, and it is right otherwise."
    names = [(letter, size) for letter, size in sizes.items() if size > 1]
    both = [(f"{a} · {b}", m * n) for i, (a, m) in enumerate(names) for b, n in names[i + 1 :]]
    turned = " and the sign is turned" if factor < 0 else ""
    for name, size in [*names, *both]:
        for value, word in ((size, "large"), (1 / size, "small")):
            if abs(abs(factor) / value - 1) < SAME:
                return f"It is exactly {name} = {size} times too {word}{turned}."
    return f"It is exactly {factor:.6g} times what it should be."


def _blocks(mine: Array, true: Array, axis: int, word: str) -> str:
    """Which rows or columns are wrong, where that is at most half of them."""
    n = true.shape[axis]
    wrong = [k for k in range(n) if not _same(mine.take(k, axis), true.take(k, axis))]
    if not 0 < 2 * len(wrong) <= n:
        return ""
    plural = {"entry": "entries", "first index": "first indices"}.get(word, f"{word}s")
    some = ", ".join(map(str, wrong[:6])) + (", …" if len(wrong) > 6 else "")
    verb = f"{word} {some} of {n} differs" if len(wrong) == 1 else f"{plural} {some} of {n} differ"
    return f"Only {verb}; the rest is right."
