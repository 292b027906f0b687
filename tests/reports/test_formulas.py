"""Formulas on feedback pages: drawn without a script, and nobody's way in."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest

from autograder.course import root
from autograder.grading.grade import Graded
from autograder.grading.verdict import SubmissionReport
from autograder.reports.harmless import Harmless
from autograder.reports.page import filled, is_ours, page

MASTERS = sorted(root().glob("solutions/*/*.ipynb"))


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.parent.name)
def test_every_formula_of_the_course_is_drawn(master: Path) -> None:
    for cell in nbformat.read(master, as_version=4).cells:
        if cell.cell_type != "markdown":
            continue
        html = Harmless().markdown(cell.source)
        text = re.sub(r"<(code|pre)\b.*?</\1>", "", html, flags=re.S)
        assert "$" not in text and not re.search(r"\\[a-zA-Z_]+|[^;]&(amp|#)", text), cell.source
        for drawn in re.findall(r"<math.*?</math>", html, flags=re.S):
            ElementTree.fromstring(drawn)


HOSTILE = {
    "link": r"$\href{javascript:alert(1)}{x}$",
    "style": r"$\style{position:fixed}{x}$",
    "in an image's words": r'![$\text{" onerror="alert(1)}$](https://example.org/x.png)',
    "in a title": r'[a](https://example.org "$x\" onmouseover=\"alert(1)$")',
    "a tag in it": r"$\text{<script>alert(1)</script>}$ and $<img src=x onerror=alert(1)>$",
    "a tag in a broken one": r"$\frac{<script>alert(1)</script>$",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_formula_brings_nothing_that_runs(text: str) -> None:
    html = Harmless().markdown(text)
    tags = re.findall(r"<[^<>]*>", html)
    told = " ".join(re.sub(r'"[^"]*"', '""', tag) for tag in tags)  # names, without values
    assert not re.search(r"script|href=\"\"|\bon\w+=|style|src", told.replace('a href=""', "")), (
        html
    )
    assert "javascript:" not in html


@pytest.mark.parametrize("latex", ["{" * 3000, r"\frac" * 1000, r"\left(" * 1500, "a" * 4_000, "}"])
def test_a_formula_that_cannot_be_read_is_shown_as_it_was_written(latex: str) -> None:
    assert Harmless().markdown(f"before ${latex}$ after").count(latex) == 1


def test_what_a_teacher_writes_is_markdown_in_which_a_tag_is_meant() -> None:
    report = SubmissionReport("x.ipynb", "ada", "02_forget_gate", comments={})
    graded = Graded(report, nbformat.v4.new_notebook())
    before = page(graded)
    report.comments["explain"] = "Your `<x>` is *right*: $h < 1$, if <x> > 0 & not <b>before</b>."
    now = filled(before, report)
    assert is_ours(before) and "<em>right</em>" in now and "<code>&lt;x&gt;</code>" in now
    assert "if &lt;x&gt; &gt; 0 &amp; not &lt;b&gt;before&lt;/b&gt;." in now
    assert "<math" in now
