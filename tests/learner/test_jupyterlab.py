"""A learner at work: a real JupyterLab in a real browser, on a fresh course.

Opens unit 02, writes a wrong gate, reads its message, mends it, moves a slider, answers a question,
reloads, comes back another day.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from in_browser import chromium, needs_chromium, serving
from playwright.sync_api import Page, expect

pytestmark = needs_chromium

ROOT = Path(__file__).parents[2]
NOTEBOOK = "notebooks/02_forget_gate/forget_gate.ipynb"
WRONG = "return np.tanh(x @ U_f + h_prev @ W_f + b_f)"
RIGHT = "return sigmoid(x @ U_f + h_prev @ W_f + b_f)"


@pytest.fixture(scope="module")
def lab(course, tmp_path_factory):
    """(address, folder) of a JupyterLab that serves a copy of the course."""
    folder = tmp_path_factory.mktemp("lab") / "course"
    shutil.copytree(course, folder)
    own = ROOT / ".jupyter"  # as `make lab` has it
    with serving(folder, tmp_path_factory.mktemp("home"), JUPYTER_CONFIG_PATH=str(own)) as address:
        yield address, folder


@pytest.fixture(scope="module")
def page():
    expect.set_options(timeout=60_000)  # a loaded machine takes its time
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        page.set_default_timeout(60_000)
        yield page


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/lab/tree/{NOTEBOOK}")
    expect(page.locator(".jp-Notebook h1").first).to_contain_text("The forget gate")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")


def _cell(page: Page, text: str):
    """The code cell that holds `text`, scrolled into view."""
    cell = page.locator(".jp-CodeCell").filter(
        has=page.locator(".jp-InputArea-editor").filter(has_text=text)
    )
    cell.first.scroll_into_view_if_needed()
    return cell.first


def _run(page: Page, text: str):
    cell = _cell(page, text)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt").first).not_to_contain_text("*", timeout=60_000)
    return cell


def _end_kernels(page: Page) -> None:
    """As when the computer was off since the notebook was saved."""
    page.evaluate(
        """async () => {
            const token = document.cookie.match(/_xsrf=([^;]+)/)[1];
            const options = {method: "DELETE", headers: {"X-XSRFToken": token}};
            for (const session of await (await fetch("/api/sessions")).json())
                await fetch(`/api/sessions/${session.id}`, options);
        }"""
    )


def _write_gate(page: Page, line: str) -> None:
    editor = _cell(page, "def forget_gate").locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f"def forget_gate(x, h_prev, U_f, W_f, b_f):\n    {line}")
    page.keyboard.press("Shift+Enter")


def test_make_lab_leaves_out_what_only_a_teacher_needs():
    made = subprocess.run(["make", "-n", "lab"], cwd=ROOT, capture_output=True, text=True)
    assert f'JUPYTER_CONFIG_PATH="{ROOT}/.jupyter"' in made.stdout


@pytest.mark.xdist_group("lab")
def test_a_learner_writes_a_wrong_gate_mends_it_and_finds_the_work_again(lab, page):
    address, folder = lab
    _open(page, address)
    menus = page.locator(".lm-MenuBar-itemLabel")
    expect(menus.filter(has_text="Kernel")).to_be_visible()
    expect(menus.filter(has_text="Nbgrader")).to_have_count(0)  # a teacher's
    expect(page.get_by_text("Create Assignment")).to_have_count(0)
    _run(page, "from utils.learner.quiz import ask")

    _write_gate(page, WRONG)
    box = _run(page, "check(forget_gate)").locator("[role=group]")
    expect(box).to_contain_text("0 of 7 points")
    expect(box).to_contain_text("Your forget gate uses tanh")
    hints = box.locator("summary").filter(has_text="A hint")
    hints.click()
    expect(box).to_contain_text("Look only at the function around their sum")
    expect(box.get_by_role("img")).to_be_visible()  # expected, yours, difference
    if "SCREENSHOTS" in os.environ:
        page.set_viewport_size({"width": 1280, "height": 1100})
        box.evaluate("box => box.scrollIntoView({block: 'end'})")
        page.wait_for_timeout(500)
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/course.png")  # the README's
        page.set_viewport_size({"width": 1280, "height": 1600})

    _write_gate(page, RIGHT)
    box = _run(page, "check(forget_gate)").locator("[role=group]")
    expect(box).to_contain_text("all right, 7 of 7 points")

    explorer = _run(page, "living_cell(forget_gate)").locator(".living-cell")
    expect(explorer.locator("[data-of='value f'] text")).to_have_text("0.50")
    explorer.get_by_label("bias b_f").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(explorer.locator("[data-of='value f'] text")).to_have_text("0.73")
    expect(explorer.locator(".says")).to_contain_text("4.4% of the memory is left")
    if "SCREENSHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/explorer.png")

    question = _run(page, 'ask("half_open")')
    choice = question.locator("summary").nth(1)
    choice.focus()
    page.keyboard.press("Enter")
    expect(question.locator("details[open] strong")).to_be_visible()

    page.keyboard.press("Control+S")
    page.wait_for_timeout(1500)
    saved = json.loads((folder / NOTEBOOK).read_text())
    assert any(RIGHT in "".join(cell["source"]) for cell in saved["cells"])

    page.reload()
    _open(page, address)
    expect(_cell(page, "def forget_gate")).to_contain_text("return sigmoid(")

    _end_kernels(page)
    page.reload()
    _open(page, address)
    expect(_cell(page, "def forget_gate")).to_contain_text("return sigmoid(")
    if not Path(sys.prefix, "share/jupyter/lab/settings/overrides.json").exists():
        pytest.skip("the rest needs the settings that `make` gives to JupyterLab")
    shown = _cell(page, "living_cell(forget_gate)").locator(".jp-OutputArea")
    expect(shown.get_by_label("bias b_f")).to_be_visible()
    expect(shown).not_to_contain_text("Error displaying widget")


@pytest.mark.xdist_group("lab")
def test_a_question_on_an_earlier_unit_is_answered_by_keyboard_and_remembered(lab, page):
    address, folder = lab
    page.goto(f"{address}/lab/tree/notebooks/03_input_gate/input_gate.ipynb?reset")
    expect(page.locator(".jp-Notebook h1").first).to_contain_text("The input gate")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    cell = _run(page, "three_questions(")
    choices = cell.locator("button.lstm-choice")
    expect(choices).to_have_count(9)
    for choice in choices.all():  # nothing is cut off
        assert choice.evaluate("b => b.scrollWidth <= b.clientWidth + 1")
    choices.first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(cell.get_by_role("status").first).to_contain_text(re.compile("Right|Not quite"))
    if "SCREENSHOTS" in os.environ:
        choices.nth(4).click()
        choices.nth(6).click()
        expect(cell.get_by_role("status").nth(2)).to_contain_text(re.compile("Right|Not quite"))
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/recall.png")
    kept = json.loads((folder / "notebooks" / ".recall.json").read_text())
    assert len(kept["cards"]) >= 1
