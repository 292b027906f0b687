"""JupyterLab in Chromium: a student fetches, validates and submits; a teacher marks by hand."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_browser import chromium, needs_chromium, serving
from playwright.sync_api import Browser, Page, expect
from small_course import UNIT
from term import Term, answers

from autograder.course import root

pytestmark = needs_chromium
COMMENT = "Two of two words, and a *reason*."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)
    with chromium() as browser:
        yield browser


def lab(place: Path, home: Path) -> contextlib.AbstractContextManager[str]:
    """The address of a JupyterLab that somebody has started in a folder of theirs."""
    return serving(place, home, PYTHONPATH=str(root()))


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(60_000)
    page.goto(address)
    return page


def picture(page: Page, name: str) -> None:
    """Kept where TERM_PICTURES says, to be looked at."""
    if folder := os.environ.get("TERM_PICTURES"):
        page.screenshot(path=Path(folder, f"{name}.png"))


def test_from_the_assignment_list_to_a_comment_that_is_read(
    browser: Browser, tmp_path: Path
) -> None:
    term = Term(tmp_path)
    term.teacher("nbgrader", "generate_assignment", UNIT)
    term.teacher("nbgrader", "release_assignment", UNIT)
    term.student("ada", "nbgrader", "list")
    with lab(term.home("ada"), tmp_path / "ada") as address:
        page = opened(browser, f"{address}/lab")
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_role("menuitem", name="Assignment List").click()
        page.get_by_role("button", name="Fetch", exact=True).click()
        expect(page.locator("#fetched_assignments_list")).to_contain_text(UNIT)
        term.solve("ada", answers("One and one."))
        page.locator("#fetched_assignments_list").get_by_text(UNIT).click()
        page.get_by_role("button", name="Validate").click()
        expect(page.locator(".jp-Dialog")).to_contain_text("Success", timeout=120_000)
        picture(page, "validated")
        page.locator(".jp-Dialog").get_by_role("button").first.click()
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.locator("#submitted_assignments_list")).to_contain_text(UNIT)
        picture(page, "submitted")
        page.close()
    term.teacher("nbgrader", "collect", UNIT)
    assert "9 of 11" in term.teacher("autograder", "autograde", UNIT)
    with term.gradebook() as book:
        submission = book.find_submission_notebook("small", UNIT, "ada").id
    with lab(term.course, tmp_path / "teacher") as address:
        page = opened(browser, f"{address}/formgrader/gradebook/{UNIT}/small")
        expect(page.locator("body")).to_contain_text("Submission #1")
        page.goto(f"{address}/formgrader/submissions/{submission}/")
        expect(page.locator("body")).to_contain_text("a point: both words are there")
        cell = page.locator(".nbgrader_cell", has_text="One and one.")
        for api, told_by, input_, text in [
            ("grade", "input.extra-credit", "input.score", "1.5"),
            ("comment", "textarea.comment", "textarea.comment", COMMENT),
        ]:
            # Until its grades and comments have come from the server, the page saves nothing.
            expect(cell.locator(told_by)).to_have_attribute("placeholder", re.compile("."))
            field = cell.locator(input_)
            with page.expect_response(
                lambda answer, api=api: answer.request.method == "PUT" and f"/{api}/" in answer.url
            ):
                field.fill(text)
                field.press("Tab")
        picture(page, "formgrader")
        page.close()
    said = term.teacher("autograder", "feedback", UNIT)
    assert "10.5 of 11" in said and "released to the exchange: 1 page" in said
    with lab(term.home("ada"), tmp_path / "ada") as address:
        page = opened(browser, f"{address}/lab")
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_role("menuitem", name="Assignment List").click()
        page.locator("#submitted_assignments_list").get_by_text(UNIT).first.click()
        page.get_by_role("button", name=re.compile("Fetch Feedback")).click()
        for _ in range(600):
            if term.fetched("ada"):
                break
            time.sleep(0.1)
        picture(page, "feedback-list")
        page.close()
    (file,) = term.fetched("ada")
    page = opened(browser, file.as_uri())
    expect(page.locator("h1")).to_have_text("02_small: 10.5 of 11 points")
    expect(page.locator(".hand").last).to_contain_text("Two of two words, and a reason.")
    picture(page, "page")
    page.close()
