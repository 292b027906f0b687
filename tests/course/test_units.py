"""What must hold in every unit: contracts, kill table, notebooks that run, honest scores."""

import inspect
import re
from dataclasses import replace

import nbformat
import pytest
from axe import findings
from conftest import UNITS
from in_browser import CHROMIUM, chromium
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.utils import compute_checksum

from autograder import grade_notebook
from autograder.authoring.exercise import Wrong, load_unit
from autograder.authoring.mutants import draws, kills, seeds_table, solutions
from autograder.cells import checksum, tags
from autograder.course import root
from docs.book.run import executed

CONTRACTS = {
    "logistic": "z",
    "sigmoid": "z",
    "rnn_step": "x h_prev U W b",
    "rnn_forward": "x h0 U W b",
    "jacobian_norms": "h W",
    "forget_gate": "x h_prev U_f W_f b_f",
    "remaining_memory": "f",
    "input_gate": "x h_prev U_i W_i b_i",
    "candidate_state": "x h_prev U_g W_g b_g",
    "reader_params": "D H",
    "output_gate": "x h_prev U_o W_o b_o",
    "spotlight_params": "D H",
    "update_cell_state": "f c_prev i g",
    "latch_params": "D H",
    "bracket_params": "D H",
    "update_hidden_state": "o c",
    "lstm_step": "x h_prev c_prev params",
    "parity_params": "D H",
    "softmax": "z",
    "output_layer": "h V b_y",
    "cross_entropy": "logits targets",
    "init_params": "rng D H K forget_bias",
    "lstm_forward": "x h0 c0 params",
    "numerical_gradient": "f a eps",
    "relative_error": "a b",
    "find_bugs": "candidates loss",
    "output_layer_backward": "logits targets h V",
    "update_hidden_state_backward": "dh o c",
    "update_cell_state_backward": "dc f c_prev i g",
    "gate_backward": "d_act act kind",
    "lstm_step_backward": "dh dc cache params",
    "lstm_backward": "dh caches params",
    "loss_and_gradients": "params x targets h0 c0",
    "clip_by_global_norm": "grads max_norm",
    "sgd_update": "params grads lr",
    "adam_update": "params grads state lr beta1 beta2 eps",
    "train_step": "params batch state max_norm lr",
    "bptt_windows": "ids n_streams T",
    "carry_state": "h c reset",
    "early_stop": "losses patience",
    "encode": "text",
    "sample_next": "logits temperature rng",
    "generate": "params vocab prompt length temperature rng",
    "perplexity": "logits targets",
    "standardise": "series n_train",
    "make_windows": "series T horizon",
    "ar_forecast": "x y x_new",
    "regression_head": "h V b_y",
    "regression_head_backward": "y_hat y h V",
    "draw_string": "grammar rng",
    "steps_right": "outputs legal",
    "strings_right": "right lengths",
    "first_error": "right",
    "within": "outputs targets tolerance",
    "gru_step": "x h_prev params",
    "gru_step_backward": "dh cache params",
    "peephole_step": "x h_prev c_prev params",
    "peephole_step_backward": "dh dc cache params",
    "stacked_forward": "x h0 c0 layers",
    "stacked_backward": "dh x h0 c0 layers",
    "bidirectional_forward": "x h0 c0 forwards backwards",
    "bidirectional_backward": "dh x h0 c0 forwards backwards",
    "fused_lstm_forward": "x h0 c0 U W b",
    "to_torch": "params",
    "from_torch": "state",
    "batch_first": "x",
    "torch_init": "rng D H",
    "pad": "sequences",
    "sequence_mask": "lengths T",
    "masked_cross_entropy": "logits targets mask",
    "masked_cross_entropy_backward": "logits targets mask",
    "last_states": "h lengths",
    "reverse_padded": "x lengths",
    "dropout_mask": "rng shape p",
    "layer_norm": "x gain bias eps",
    "layer_norm_backward": "dy cache",
    "average_weights": "history last",
    "attend": "query keys values mask",
    "attend_backward": "dcontext cache",
    "beam_search": "step start width length",
    "slstm_step": "x h_prev c_prev n_prev m_prev params",
    "min_lstm_scan": "f i g h0",
    "mlstm_step": "q k v i f C_prev n_prev",
    "no_leak": "train test",
    "beats_baseline": "losses baseline_losses rng",
    "own_step": "x h_prev c_prev params",
    "own_gradients": "points dh dc",
}


def unit_of(name):
    return load_unit(root() / "solutions" / name)


def notebook_path(course, kind, name):
    return course / kind / name / f"{name.partition('_')[2]}.ipynb"


@pytest.fixture(scope="module")
def exercises():
    return {id: exercise for name in UNITS for id, exercise in unit_of(name).exercises.items()}


def test_every_exercise_has_the_agreed_name_and_signature(exercises):
    signatures = {
        id: " ".join(inspect.signature(e.reference).parameters) for id, e in exercises.items()
    }
    assert signatures == CONTRACTS


@pytest.fixture(scope="module")
def right():
    return solutions(root())


@pytest.mark.parametrize("name", UNITS)
def test_on_fresh_cases_the_solution_loses_nothing_and_no_wrong_answer_slips_through(name, right):
    for id in unit_of(name).exercises:
        row = draws(unit_of(name), id, right[id], range(1, 4))
        assert (row.unfair, row.missed) == ((), ())
        assert row.own >= 0.95


def test_a_right_answer_that_loses_points_and_a_wrong_one_that_loses_none_are_told():
    unit = unit_of("02_forget_gate")
    gate = unit.exercises["forget_gate"]
    same = Wrong("nothing wrong", gate.reference, "said to nobody")
    odd = replace(unit, exercises={"forget_gate": replace(gate, wrong=(same,))})
    row = draws(odd, "forget_gate", gate.wrong[0].function, [7])
    assert row.unfair and all(text.startswith("seed 7: ") for text in row.unfair)
    assert row.missed == ("seed 7: nothing wrong",)
    assert seeds_table([row]) == 1


@pytest.mark.parametrize("name", UNITS)
def test_every_known_wrong_answer_is_caught_and_told_apart(name):
    table = kills(unit_of(name))
    assert [row.wrong for row in table if not row.caught] == []
    own = sum(row.own_message for row in table)
    assert own >= 0.95 * len(table), [r.wrong for r in table if not r.own_message]


def test_every_exercise_knows_at_least_eight_mistakes(exercises):
    assert {id: len(e.wrong) for id, e in exercises.items() if len(e.wrong) < 8} == {}


SPOILS = """
import sys as _sys
from copy import deepcopy as _copy
import numpy as _np

def _arrays(value):
    if isinstance(value, _np.ndarray):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _arrays(item)

def _spoiling(right):
    def answer(*given):
        if _sys._getframe(1).f_code.co_name != "<module>":  # asked by another answer
            return right(*given)
        result = right(*_copy(given))
        for array in _arrays(given):
            array[...] = array + 1
        return result
    return answer
"""


@pytest.mark.parametrize("name", ["10_backward_step", "11_bptt"])
def test_measured_gradients_bear_an_answer_that_writes_into_its_arguments(course, name):
    path = notebook_path(course, "solutions", name)
    notebook = nbformat.read(path, as_version=4)
    cells = [new_code_cell(SPOILS)]
    for cell in notebook.cells:
        cells.append(cell)
        id = tags(cell).get("grade_id", "")
        if id.endswith(("_backward", "_gradients")) and tags(cell).get("solution"):
            cells.append(new_code_cell(f"{id} = _spoiling({id})"))
    last = max(k for k, cell in enumerate(cells) if "\n    compare_line(" in cell.source)
    notebook.cells = cells[: last + 1]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": path.parent}}).execute()
    said = [
        line
        for cell in notebook.cells
        if "compare_line(" in cell.source
        for output in cell.outputs
        for line in output.text.splitlines()
    ]
    assert len(said) >= 14
    assert [line for line in said if "close" not in line] == []


@pytest.mark.parametrize("name", UNITS)
def test_the_solution_notebook_runs_without_a_word_on_stderr_and_everyone_can_read_it(
    course, name, kept
):
    """In one test, because running the notebook is what takes the time."""
    notebook = executed(course, name, kept)  # the book's pages are made from the same run
    said = [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert said == []
    assert without_words(notebook) == []
    if CHROMIUM:
        folder = notebook_path(course, "solutions", name).parent
        assert unreadable(notebook, folder) == []


def without_words(notebook):
    """Pictures that a cell shows with no text for those who cannot see them."""
    return [
        cell.source
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
        if kind.startswith("image/") and "text/html" not in output.data
    ]


def unreadable(notebook, folder):
    """What axe-core finds in an executed notebook as nbconvert makes a page of it.

    Markup and styles are JupyterLab's own, in its light and its dark theme. No request leaves the
    page. Pictures without words are findings too.
    """
    found = []
    with chromium() as browser:
        page = browser.new_page(reduced_motion="reduce")
        page.route(re.compile("^(?!file:)"), lambda route: route.abort())
        for theme in ("light", "dark"):
            exporter = HTMLExporter(theme=theme, require_js_url="", jquery_url="", mathjax_url="")
            place = folder / f"{theme}.html"
            place.write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
            page.goto(place.as_uri())
            place.unlink()
            page.evaluate("theme => { document.body.style.colorScheme = theme }", theme)
            found += [f"{theme}: {line}" for line in findings(page)]
            if page.evaluate("document.getAnimations().length"):
                found.append("moves although the reader asks for less motion")
        bare = "img:not([alt]), img[alt=''], img[alt^='No description'], "
        bare += ".jp-OutputArea svg:not([role='img'][aria-label])"
        found += page.locator(bare).evaluate_all(
            "all => all.map(one => one.outerHTML.slice(0, 99))"
        )
        shown = "all => all.filter(one => !one.naturalWidth).map(one => one.alt)"
        found += [f"not shown: {alt}" for alt in page.locator("img").evaluate_all(shown)]
    return found


def test_a_page_that_somebody_cannot_read_is_found(tmp_path):
    if not CHROMIUM:
        pytest.skip("needs chromium; make test says how")
    pale = "<p style='color:#bbb;background:#fff'>pale</p><img src='x.png'>"
    cell = new_code_cell("1", outputs=[new_output("display_data", {"text/html": pale})])
    found = unreadable(new_notebook(cells=[cell]), tmp_path)
    for finding in ("light: color-contrast", "dark: color-contrast", "No description", "not shown"):
        assert any(finding in line for line in found), finding


BY_HAND = {
    "03_input_gate": "reader_params",
    "04_output_gate": "spotlight_params",
    "05_cell_state": "bracket_params",
    "06_hidden_state": "parity_params",
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_notebook_runs_on_with_the_courses_weights_and_says_so(course, name):
    """All is solved but the weights to be set by hand."""
    path, id = notebook_path(course, "solutions", name), BY_HAND[name]
    notebook, released = (
        nbformat.read(p, as_version=4) for p in (path, notebook_path(course, "notebooks", name))
    )
    stub = next(cell for cell in released.cells if tags(cell).get("grade_id") == id)
    for k, cell in enumerate(notebook.cells):
        if tags(cell).get("grade_id") == id:
            notebook.cells[k] = stub
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": path.parent}}).execute()
    printed = "".join(
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert f"{id}: not written yet. The course's own takes its place from here on." in printed


@pytest.mark.parametrize("name", UNITS)
def test_an_untouched_notebook_scores_nothing_on_every_exercise(course, name):
    report = grade_notebook(notebook_path(course, "notebooks", name), course=course)
    assert report.status == "graded"
    assert {e.id: e.score for e in report.exercises} == dict.fromkeys(unit_of(name).exercises, 0)


@pytest.mark.parametrize("name", UNITS)
def test_the_solution_scores_everything(course, name):
    report = grade_notebook(notebook_path(course, "solutions", name), course=course)
    failed = [(e.id, c.name, c.message) for e in report.exercises for c in e.checks if not c.passed]
    assert failed == [] and report.score == report.max_score > 0


@pytest.mark.parametrize("name", UNITS)
def test_what_only_draws_is_folded_and_nothing_else(course, name):
    notebook = nbformat.read(notebook_path(course, "notebooks", name), as_version=4)
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        folded = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        lines = [line for line in cell.source.splitlines() if line.strip()]
        draws = re.search(r"^ *show\(", cell.source, re.M) is not None
        assert folded == ("hide-input" in cell.metadata.get("tags", [])), cell.source
        assert not folded or (draws and "nbgrader" not in cell.metadata), cell.source
        assert folded or not draws or len(lines) <= 12, cell.source


@pytest.mark.parametrize("name", UNITS)
def test_every_unit_says_its_time_and_asks_and_looks_ahead(course, name):
    notebook = nbformat.read(notebook_path(course, "notebooks", name), as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert re.search(r"\*\*Time\*\* \d+ minutes", text)
    assert "At the end of this unit you can" in text
    assert "**Next" in text
    assert 1 <= len(re.findall(r"^ask\(", text, re.M)) <= 2
    manual = [
        cell
        for cell in notebook.cells
        if (meta := cell.metadata.get("nbgrader", {})).get("grade") and meta.get("solution")
    ]
    assert len(manual) == 1


@pytest.mark.parametrize("name", UNITS)
def test_the_checksum_is_nbgraders_own_for_every_released_cell(course, name):
    notebook = nbformat.read(notebook_path(course, "notebooks", name), as_version=4)
    cells = [cell for cell in notebook.cells if tags(cell)]
    assert cells and [checksum(cell) for cell in cells] == [compute_checksum(c) for c in cells]
