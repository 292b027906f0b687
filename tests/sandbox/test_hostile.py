"""Submissions that attack the grader, all in one batch with honest ones: see `tests/hostile`."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hostile import batch, honest, snooping
from hostile.notebooks import shows_markup
from in_browser import CHROMIUM, chromium
from playwright.sync_api import Page
from sandbox_worker import refusing_namespaces
from small_course import cell_of, make_course, save, submission

from autograder.batch.grade_many import engine, grade, grade_each
from autograder.course import root
from autograder.grading.grade import Job, limits
from autograder.reports.harmless import MAX_PLAIN, Harmless
from autograder.submission.read import find
from autograder.submission.restore import MAX_MESSAGES

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="strangers' code is graded where it can be isolated: on Linux"
)
MAX_PAGE = 12_000_000  # bytes of the largest feedback page


def test_every_case_gets_its_verdict_in_one_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(snooping.SECRET, "what only the teacher knows")
    cases = batch.all_cases()
    assert len(cases) >= 150 and len({case.name for case in cases}) == len(cases)
    result = batch.run(tmp_path, cases)
    wrong = [f"{name}: {found}" for name, (found, _) in result.found.items() if found]
    assert not wrong, "\n".join(wrong)
    assert result.called == []  # nobody reached the network
    assert result.changed == []  # nor the solutions, the gradebook, the other submissions
    reports = [report for _, found in result.found.values() for report in found]
    assert all(len(report.messages) <= MAX_MESSAGES + 10 for report in reports)
    pages = list(result.out.glob("*.html"))
    assert len(pages) == len(reports)
    for page in pages:
        assert page.stat().st_size < MAX_PAGE, page.name
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<script|<iframe|<meta http-equiv=.refresh", text), page.name
        assert "only the teacher knows" not in text and "limit == 7" not in text, page.name


def test_every_case_gets_the_same_verdict_where_namespaces_are_refused() -> None:
    """At the level landlock, that is, in a process to which they are really refused."""
    table = [sys.executable, "-m", "tests.hostile"]
    ended = subprocess.run(
        [*refusing_namespaces(), *table], capture_output=True, text=True, timeout=500, cwd=root()
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-2000:]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(a browser's page, what it requested) with the feedback on a notebook full of markup."""
    if CHROMIUM is None:
        pytest.skip("needs chromium; make test says how")
    place = tmp_path_factory.mktemp("markup")
    course = make_course(place / "course")
    notebook = shows_markup()
    cell_of(notebook, "total").source = "def total(x, b):\n    print('seen', x)\n    return 0.0"
    save(notebook, place / "in" / "work.ipynb")
    grade([place / "in"], course, out=place / "out")
    (file,) = (place / "out").glob("*.html")
    with chromium() as browser:
        context = browser.new_context(color_scheme="dark")
        page, requests = context.new_page(), []
        page.on("request", lambda request: requests.append(request.url))
        page.on("dialog", lambda dialog: requests.append(dialog.message))
        page.goto(file.as_uri())
        page.wait_for_timeout(500)  # for what a script would do
        yield page, requests


def test_nothing_runs_and_nothing_is_sent_in_the_teachers_browser(
    page: tuple[Page, list[str]],
) -> None:
    tab, requests = page
    assert [url for url in requests if not url.startswith("data:")] == [tab.url]
    assert tab.title() == "02_small: 6 of 11 points, 2 not marked yet"
    kinds = "script, iframe, object, embed, form, input, link, base, style ~ style, video, audio"
    assert tab.locator(f"body :is({kinds})").count() == 0
    for name in ("onload", "onerror", "onfocus"):
        assert tab.locator(f"[{name}]").count() == 0
    hosts = tab.eval_on_selector_all("a", "links => links.map(link => link.protocol)")
    assert set(hosts) <= {"file:", "http:", "https:", ":"}  # the last: a link to nowhere
    assert tab.get_by_text("bold stays").first.is_visible()
    shown = tab.content()
    assert (
        "limit == 7" not in shown and "seen" not in tab.locator("section.check").all_inner_texts()
    )


def test_a_page_reads_well_in_the_dark_and_aloud(page: tuple[Page, list[str]]) -> None:
    tab, _ = page
    colours = tab.evaluate(
        "() => { const s = getComputedStyle(document.body);"
        " return [s.color, getComputedStyle(document.documentElement).colorScheme]; }"
    )
    assert colours[1] == "light dark"
    assert min(map(int, re.findall(r"\d+", colours[0]))) > 200  # light letters
    assert tab.locator("main").count() == tab.locator("h1").count() == 1
    assert tab.locator("html[lang=en]").count() == 1
    levels = tab.eval_on_selector_all("h1, h2, h3", "all => all.map(h => h.tagName)")
    assert levels[:4] == ["H1", "H2", "H2", "H2"]
    assert tab.get_by_role("navigation", name="Points").count() == 1
    for name in ("double: 5 of 5 points", "total: 0 of 3 points"):
        region = tab.get_by_role("region", name=name)
        assert region.count() == 1 and region.get_by_role("listitem").count() >= 2
    tab.get_by_role("link", name="total").click()  # from the table to the verdict
    assert tab.url.endswith("#check-of-total")
    assert tab.locator("img[src]:not([alt])").count() == 0


def test_texts_made_to_take_for_ever_do_not() -> None:
    page = Harmless()
    began = time.monotonic()
    for text in ("[" * 200_000, "<div>" * 100_000, "### BEGIN HIDDEN TESTS\n" * 50_000):
        for shown in (page.markdown(text), page.html(text), page.source(text)):
            assert len(shown) < 20 * MAX_PLAIN
    for _ in range(100):
        page.html("<div>" * 2_500)
    assert time.monotonic() - began < 40
    assert "not shown here" in page.terminal("x" * 20_000_000)


def test_real_work_is_shown_whole(tmp_path: Path) -> None:
    course = batch.make_small_and_real_course(tmp_path / "course")
    save(honest.real(), tmp_path / "in" / "work.ipynb")
    job = Job(course, limits(30), pages=True, run_all=True)
    list(grade_each(list(find(tmp_path / "in")), engine(job), job, out=tmp_path / "out"))
    (page,) = (tmp_path / "out").glob("*.html")
    text = page.read_text(encoding="utf-8")
    assert "not shown here" not in text and text.count("data:image/svg+xml") >= 4


def test_values_that_a_hidden_test_computed_are_not_told(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    path = course / "solutions" / "02_small" / "small.ipynb"
    text = path.read_text(encoding="utf-8")
    old = "assert limit == 7, 'a secret number'"
    hidden = "import numpy as np; np.testing.assert_allclose(limit, 7.125)"
    assert old in text
    path.write_text(text.replace(old, hidden), encoding="utf-8")
    save(submission(limit="limit = 3"), tmp_path / "in" / "work.ipynb")
    report = grade([tmp_path / "in"], course, out=tmp_path / "out")
    said = report.submissions[0].exercises[-1].checks[0].message
    assert said == "AssertionError: a test did not pass"
    (page,) = (tmp_path / "out").glob("*.html")
    assert "7.125" not in page.read_text(encoding="utf-8")
