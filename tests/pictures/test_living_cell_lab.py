"""The living cell in a real JupyterLab: by keyboard, by mouse, read aloud, saved and exported."""

import json
import re
import time

import nbformat
import numpy as np
import pytest
from in_browser import needs_chromium
from playwright.sync_api import Page, expect

from tests.learner.test_jupyterlab import lab, page  # noqa: F401
from utils.learner.living_cell import living_cell

pytestmark = [
    needs_chromium,
    pytest.mark.xdist_group("living cell"),
]

FOLDER = "notebooks/11_bptt"
GATE = """
import numpy as np
from utils.learner.living_cell import living_cell

def forget_gate(x, h_prev, U_f, W_f, b_f):
    return 1 / (1 + np.exp(-(x @ U_f + h_prev @ W_f + b_f)))

living_cell(forget_gate)
"""
BACK = """
from earlier import init_params, lstm_step
from earlier import lstm_step_backward as right

def lstm_step_backward(dh, dc, cache, params):
    dx, dh_prev, dc_prev, grads = right(dh, dc, cache, params)
    return dx, dh_prev, dc_prev / 2, grads

living_cell(
    lstm_step,
    lstm_step_backward,
    params=init_params(np.random.default_rng(3), 1, 1, 2),
    x=[1.0, -0.5, 2.0, 0.0],
    dh=np.eye(4)[:, -1:],
)
"""


def _start(page: Page, address: str, folder, name: str, *sources: str):  # noqa: F811
    """A notebook of these cells, open and run; the living cells in it."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source.strip()) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    nbformat.write(notebook, folder / FOLDER / name)
    page.goto(f"{address}/lab/tree/{FOLDER}/{name}")
    # a kernel that is not there yet takes no orders
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")
    for cell in page.locator(".jp-CodeCell").all()[: len(sources)]:
        cell.locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        prompt = cell.locator(".jp-InputPrompt").first
        expect(prompt).to_contain_text(re.compile(r"\[\d+\]"))
    cells = page.locator(".living-cell")
    expect(cells).to_have_count(len(sources))
    return cells


@pytest.fixture(scope="module")
def cells(lab, page):  # noqa: F811
    address, folder = lab
    return _start(page, address, folder, "living.ipynb", GATE, BACK)


def _part(cell, name: str):
    return cell.locator(f"[data-part={name}]")


def _number(cell, name: str) -> str:
    return cell.locator(f"[data-of='value {name}'] text").text_content() or ""


def _set_bias(cell, value: str) -> None:
    cell.get_by_label("bias b_f").fill(value)
    expect(cell.locator("[data-of='value zf'] text")).to_have_text(f"{value}0")


def test_every_control_has_a_name_that_is_read_aloud(cells):
    for cell in cells.all():
        for control in cell.locator("input, select, button").all():
            named = control.evaluate(
                "c => [...(c.labels ?? [])].map(l => l.textContent).join() || c.textContent"
            )
            assert named.strip(), control.evaluate("c => c.outerHTML")
    _set_bias(cells.first, "0.0")
    bias = cells.first.get_by_label("bias b_f")
    expect(bias).to_have_attribute("aria-valuetext", "b_f = 0.0")


def test_arrow_keys_move_a_slider_and_the_learners_gate_answers(cells, page):  # noqa: F811
    cell = cells.first
    bias = cell.get_by_label("bias b_f")
    _set_bias(cell, "0.0")
    assert _number(cell, "f") == "0.50"
    expect(cell.locator(".says")).to_contain_text("half of it is gone after 1 step.")
    bias.focus()
    for _ in range(41):
        page.keyboard.press("ArrowRight")
    expect(bias).to_have_attribute("aria-valuetext", "b_f = 4.1")
    expect(cell.locator(".says")).to_contain_text("half of it is gone after 42.2 steps.")
    expect(cell.locator("[data-of='value f'] text")).to_have_text("0.98")
    assert bias.evaluate("b => b === document.activeElement"), "JupyterLab took the arrow keys"
    expect(cell.locator(".whose").first).to_contain_text("forget_gate (yours, from this notebook)")


def test_focus_and_hover_show_an_equation_with_its_numbers(cells, page):  # noqa: F811
    cell = cells.first
    _set_bias(cell, "4.1")
    told = cell.locator(".equation[role=status]")
    _part(cell, "forget_gate").focus()
    expect(told).to_contain_text("= σ(0.000 + 0.000 + 4.100) = σ(4.100) = 0.984")
    page.keyboard.press("ArrowRight")  # to the part beside it
    expect(_part(cell, "kept")).to_be_focused()
    expect(told).to_contain_text("f ⊙ c_prev = 0.984 × 1.000 = 0.984")
    _part(cell, "c_prev").hover()
    expect(told).to_contain_text("c_prev = 1.000")
    assert cell.locator("[data-part][tabindex='0']").count() == 1  # one stop for Tab


def test_time_is_scrubbed_by_keyboard_and_by_a_click_on_a_strip(cells, page):  # noqa: F811
    cell = cells.first
    _set_bias(cell, "4.1")
    scrub = cell.get_by_label("time step")
    scrub.focus()
    page.keyboard.press("End")
    expect(scrub).to_have_attribute("aria-valuetext", "step 30 of 30")
    last = float(_number(cell, "c"))
    assert last == pytest.approx(0.984**30, abs=0.02)
    field = cell.locator("[data-of='fields 1'] rect").nth(4)
    field.click(force=True)
    expect(scrub).to_have_attribute("aria-valuetext", "step 5 of 30")
    assert float(_number(cell, "c")) > last


def test_backwards_a_wrong_arrow_is_marked_in_words_and_lines(cells, page):  # noqa: F811
    cell = cells.nth(1)
    cell.scroll_into_view_if_needed()
    says = cell.locator(".says")
    expect(says).to_contain_text("6 of 7 gradients are right at this step. ✘ wrong: dc_prev.")
    mark = cell.locator("[data-of='mark dc_prev'] text")
    expect(mark).to_have_text(re.compile(r"✘ yours −?\d"))
    expect(cell.locator("[data-of='mark dx'] text")).to_have_text("✔ yours")
    arrow = cell.locator("[data-of=c_prev]").first
    assert arrow.get_attribute("stroke-dasharray")
    _part(cell, "c_prev").focus()
    expect(cell.locator(".equation")).to_contain_text("dc_prev = dc ⊙ f")
    expect(cell.locator(".equation")).to_contain_text("✘ Yours gives")
    expect(_part(cell, "c_prev")).to_have_attribute("aria-label", re.compile("✘ Yours gives"))
    cell.get_by_label("Forwards").check()
    assert arrow.get_attribute("stroke-dasharray") is None
    expect(mark).to_have_text("")
    expect(cell.locator(".equation")).to_contain_text("what the memory held one step ago")
    cell.get_by_label("Backwards").check()
    expect(mark).to_have_text(re.compile("✘ yours"))


def test_it_plays_stage_by_stage_and_pauses(cells, page):  # noqa: F811
    cell = cells.nth(1)
    cell.get_by_label("Forwards").check()
    scrub = cell.get_by_label("time step")
    scrub.focus()
    page.keyboard.press("Home")
    play = cell.get_by_role("button")
    play.click()
    expect(cell.locator(".moment")).to_contain_text("step 1 of 4: the gates look at x and h")
    expect(cell.locator("[data-of=output_gate].off")).to_have_count(0)
    assert cell.locator("[data-of=hidden_state].off").count() > 0
    expect(cell.locator(".moment")).to_contain_text("step 1 of 4: the memory is updated")
    expect(cell.locator(".moment")).to_contain_text("step 2 of 4")
    expect(cell.locator(".equation")).to_have_attribute("aria-live", "off")  # nobody is talked over
    play.click()
    expect(play).to_have_text("Play")
    still = cell.locator(".moment").inner_text()
    page.wait_for_timeout(1500)
    assert cell.locator(".moment").inner_text() == still


def test_who_wants_no_motion_gets_none(cells, page):  # noqa: F811
    def moves():
        part = cells.first.locator("[data-of=c]").first
        return part.evaluate("g => getComputedStyle(g).transitionDuration")

    assert moves() == "0.25s"
    page.emulate_media(reduced_motion="reduce")
    assert moves() == "0s"
    page.emulate_media(reduced_motion="no-preference")


def test_the_saved_notebook_keeps_a_picture_that_is_read_aloud(cells, lab, page):  # noqa: F811
    _, folder = lab
    path = folder / FOLDER / "living.ipynb"
    cells.first.get_by_label("bias b_f").focus()  # what JupyterLab does with Ctrl+S is left to it
    page.keyboard.press("Control+S")
    for _ in range(50):
        outputs = [cell.get("outputs") for cell in json.loads(path.read_text())["cells"][:2]]
        if all(outputs):
            break
        time.sleep(0.2)
    for (output,) in outputs:
        data = {kind: "".join(text) for kind, text in output["data"].items() if "json" not in kind}
        assert re.search(r"Step \d.*: d?x = −?\d", data["text/plain"])
        assert re.search(r'<img alt="The LSTM cell\.[^"]*[Ss]tep \d of', data["text/html"])


def test_a_page_without_a_kernel_lives_and_asks_nobody(page, tmp_path):  # noqa: F811
    def forget_gate(x, h_prev, U, W, b):
        return 1 / (1 + np.exp(-(x @ U + h_prev @ W + b)))

    place = tmp_path / "page.html"
    cell = living_cell(forget_gate).to_html()
    place.write_text(f"<!doctype html><meta charset=utf-8><title>.</title>{cell}{cell}")
    alone = page.context.browser.new_page()
    wrong: list[str] = []
    asked: list[str] = []
    alone.on("pageerror", lambda error: wrong.append(str(error)))
    alone.on("console", lambda message: wrong.append(message.text))
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(place.as_uri())
    both = alone.locator(".living-cell")
    expect(both).to_have_count(2)
    both.nth(1).get_by_label("bias b_f").focus()
    alone.keyboard.press("End")
    expect(both.nth(1).locator(".says")).to_contain_text("f = 0.993")
    expect(both.nth(0).locator(".says")).to_contain_text("f = 0.5:")
    _part(both.nth(1), "forget_gate").focus()
    expect(both.nth(1).locator(".equation")).to_contain_text("+ 5.000) = σ(5.000) = 0.993")
    assert not wrong and asked == [place.as_uri()]
    for scheme, ink in (("light", "rgb(29, 39, 51)"), ("dark", "rgb(230, 234, 238)")):
        alone.emulate_media(color_scheme=scheme)
        assert both.first.evaluate("c => getComputedStyle(c).color") == ink
    alone.close()


def test_without_javascript_the_picture_stands_there(page, tmp_path):  # noqa: F811
    def forget_gate(x, h_prev, U, W, b):
        return 1 / (1 + np.exp(-(x @ U + h_prev @ W + b)))

    (tmp_path / "page.html").write_text(living_cell(forget_gate).to_html())
    context = page.context.browser.new_context(java_script_enabled=False)
    still = context.new_page()
    still.goto((tmp_path / "page.html").as_uri())
    expect(still.get_by_role("img", name="The LSTM cell. The previous cell state")).to_be_visible()
    context.close()
