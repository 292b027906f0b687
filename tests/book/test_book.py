"""The web book as a reader has it: every page in a real browser that can reach nothing else."""

from __future__ import annotations

import http.server
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urldefrag

import nbformat
import pytest
from conftest import ROOT, UNITS
from in_browser import chromium, needs_chromium
from playwright.sync_api import BrowserContext, Page, expect

from autograder.authoring.build import KERNEL
from docs.book.pages import WIDGET
from docs.book.pages import page as page_of

pytestmark = pytest.mark.xdist_group("book")


@pytest.fixture(scope="module")
def book(kept: Path) -> Path:
    """The book as `make book` builds it, its notebooks run on the short budget.

    One of the processes that share the tests builds it, the others wait.
    """
    out = kept.with_name("book")
    try:
        out.with_name("book-begun").mkdir()
    except FileExistsError:
        until = time.monotonic() + 900
        while not out.with_name("book-done").exists():
            assert time.monotonic() < until, "the process that builds the book has not finished"
            time.sleep(0.5)
        return out
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "book" / "build.py", "--out", out, "--kept", kept],
        capture_output=True,
        text=True,
        timeout=900,
        env=os.environ | {"LSTM_COURSE_BUDGET": "short"},
    )
    assert done.returncode == 0, done.stderr
    out.with_name("book-done").touch()
    return out


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(book: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=book))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def window() -> Iterator[BrowserContext]:
    with chromium() as browser:
        yield browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 900})


@pytest.fixture
def reader(window: BrowserContext, address: str) -> Iterator[Page]:
    """A page whose every complaint and every request to elsewhere fails the test."""
    wrong: list[str] = []
    tab = window.new_page()
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))

    def only_the_book(route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            wrong.append(f"asked for {route.request.url}")
            route.abort()

    tab.route("**/*", only_the_book)
    yield tab
    tab.close()
    assert wrong == []


def _open(reader: Page, url: str) -> None:
    reader.goto(url)
    if reader.evaluate("'MathJax' in window"):
        reader.evaluate("async () => { await MathJax.startup.promise }")


@needs_chromium
def test_every_page_opens_and_no_link_in_it_is_broken(book: Path, address: str, reader: Page):
    pages = sorted(book.rglob("*.html"))
    assert len(pages) > len(UNITS) + 3
    ids, links = {}, {}
    for path in pages:
        url = f"{address}/{path.relative_to(book).as_posix()}"
        _open(reader, url)
        ids[url] = set(reader.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        links[url] = reader.evaluate("[...document.querySelectorAll('a[href]')].map(e => e.href)")
        shown = "document.documentElement.innerHTML.includes('mjx-merror')"
        assert not reader.evaluate(shown), f"{path}: a formula that MathJax cannot read"
        empty = "[...document.images].filter(e => !e.naturalWidth || !e.alt.trim()).length"
        assert reader.evaluate(empty) == 0, f"{path}: a picture is missing, or its alt text"
    broken = [
        (page, link)
        for page, found in links.items()
        for link in found
        if link.startswith(address)
        for target, anchor in [urldefrag(link.replace(f"{address}/#", f"{address}/index.html#"))]
        if target.split("?")[0] not in ids or (anchor and unquote(anchor) not in ids[target])
    ]
    assert broken == []


@needs_chromium
def test_search_finds_the_forget_gate(address: str, reader: Page):
    reader.goto(f"{address}/index.html")
    reader.get_by_role("searchbox").or_(reader.locator("input[name=q]")).first.fill("forget gate")
    reader.keyboard.press("Enter")
    found = reader.locator("#search-results li a", has_text="2 · The forget gate").first
    found.click()
    assert reader.locator("h1").inner_text().startswith("2 · The forget gate")


@needs_chromium
def test_dark_and_light(address: str, reader: Page):
    reader.goto(f"{address}/02_forget_gate/forget_gate.html")
    brightness = """sum => { const c = getComputedStyle(document.body).backgroundColor;
        return c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 765 }"""
    seen = [reader.evaluate(brightness)]
    for _ in range(2):
        reader.locator(".theme-toggle:visible").first.click()
        seen.append(reader.evaluate(brightness))
    assert max(seen) > 0.9 and min(seen) < 0.2


@needs_chromium
def test_a_solution_has_to_be_asked_for(address: str, reader: Page):
    reader.goto(f"{address}/02_forget_gate/forget_gate.html")
    line = "return sigmoid(x @ U_f + h_prev @ W_f + b_f)"
    stub = reader.locator(".cell_input").filter(has_text="def forget_gate")
    assert "raise NotImplementedError" in stub.inner_text()
    assert line not in reader.locator("article").inner_text()
    hint = reader.locator("details.asked:not(.solution)").first
    hint.locator("summary").first.click()
    assert "Three things add up" in hint.inner_text()
    solution = reader.locator("details.solution").first
    solution.locator("summary").first.click()
    assert line in solution.inner_text()
    assert "all right, 7 of 7 points" in solution.inner_text()


@needs_chromium
def test_the_living_cell_lives_without_a_kernel(address: str, reader: Page):
    reader.goto(f"{address}/02_forget_gate/forget_gate.html")
    cell = reader.locator(".living-cell")
    expect(cell).to_have_count(1)
    expect(cell.locator(".whose").first).to_contain_text("Computed by forget_gate (the course’s).")
    gate = cell.locator("[data-of='value f'] text")
    bias = cell.get_by_label("bias b_f")
    bias.fill("0.0")
    expect(gate).to_have_text("0.50")
    bias.fill("5.0")
    expect(gate).to_have_text("0.99")
    cell.locator("[data-part=forget_gate]").focus()
    expect(cell.locator(".equation[role=status]")).to_contain_text("= 0.993")
    reader.goto(f"{address}/10_backward_step/backward_step.html")
    cell = reader.locator(".living-cell")
    shown = cell.locator("[data-of='value c'] text")
    before = shown.text_content()
    cell.get_by_label("time step").focus()
    reader.keyboard.press("Home")
    expect(shown).not_to_have_text(before or "")


@needs_chromium
def test_the_cheat_sheet_prints_on_one_page(address: str, reader: Page):
    _open(reader, f"{address}/cheat-sheet.html")
    printed = reader.pdf(prefer_css_page_size=True)
    assert re.findall(rb"/Count (\d+)", printed) == [b"1"]
    width, height = map(float, re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)[0])
    assert (round(width), round(height)) == (595, 842), "A4"
    wide = "[...document.querySelectorAll('.sheet')].every(e => e.scrollWidth <= e.clientWidth + 1)"
    reader.set_viewport_size({"width": 733, "height": 1062})  # A4 within its margins
    reader.emulate_media(media="print")
    assert reader.evaluate(wide), "something is cut at the right edge"


@needs_chromium
@pytest.mark.parametrize("width", [900, 400])
def test_a_narrow_window_scrolls_in_one_direction_only(address: str, reader: Page, width: int):
    reader.set_viewport_size({"width": width, "height": 800})
    for page in ("index", "10_backward_step/backward_step", "16_variants/variants", "cheat-sheet"):
        _open(reader, f"{address}/{page}.html")
        wider = reader.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, page


def test_words_lead_to_the_glossary_once_a_page(book: Path):
    text = (book / "02_forget_gate" / "forget_gate.html").read_text(encoding="utf-8")
    assert text.count("glossary.html#term-forget-gate") == 1
    assert "glossary.html#term-cell-state" in text


@pytest.mark.parametrize("unit", UNITS)
def test_no_page_shows_hidden_tests_or_answers_the_open_question(book: Path, unit: str):
    name = unit.partition("_")[2]
    text = (book / unit / f"{name}.html").read_text(encoding="utf-8")
    assert "HIDDEN TESTS" not in text and "autograder.stock" not in text
    assert "BEGIN SOLUTION" not in text
    notebook = nbformat.read(ROOT / "solutions" / unit / f"{name}.ipynb", as_version=4)
    answers = [
        re.split(r"[`$*\n]", cell.source)[0]
        for cell in notebook.cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution")
    ]
    assert answers and not any(len(answer) > 20 and answer in text for answer in answers)
    assert "This question stays open" in text


def test_a_widget_gives_way_to_the_picture_that_stands_for_it():
    def output(**data: str):
        bundle = {WIDGET: {}, **{name.replace("_", "/"): text for name, text in data.items()}}
        return nbformat.v4.new_output("display_data", bundle)

    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    shown = [
        output(text_html="<svg>cell</svg>", text_plain="a cell"),
        output(**{"image_svg+xml": "<svg>cell</svg>", "text_plain": "a cell"}),
        output(image_png="AAAA", text_plain="a <cell>"),
    ]
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# A unit"),
        nbformat.v4.new_code_cell("explore()", outputs=shown),
    ]
    outputs = page_of(notebook, {}, "here.ipynb").cells[1].outputs
    html, svg, png, said = (output.data for output in outputs)
    assert html == {"text/html": "<svg>cell</svg>", "text/plain": "a cell"}
    assert svg == {"image/svg+xml": "<svg>cell</svg>", "text/plain": "a cell"}
    assert 'alt="a &lt;cell&gt;"' in png["text/html"]
    assert WIDGET not in png
    assert "stands still" in said["text/html"]
