"""What the cheat sheet says is so: every line runs, gives its shape and the right value."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import ROOT

from autograder.course import units
from utils.networks.weights import shapes
from utils.notation import BACKWARD, FORWARD, SYMBOLS, TERMS, TRAINING, Equation, weight_shapes
from utils.notation.symbols import GATES, TORCH_ORDER

SIZES = {"N": 3, "D": 4, "H": 5, "K": 6}
WANTED = [
    "sigmoid",
    "softmax",
    "lstm_step",
    "cross_entropy",
    "gate_backward",
    "update_cell_state_backward",
    "update_hidden_state_backward",
    "update_cell_state",
    "update_hidden_state",
    "output_layer_backward",
    "forget_gate",
    "input_gate",
    "output_gate",
    "candidate_state",
    "lstm_step_backward",
    "clip_by_global_norm",
    "to_torch",
]
EQUATIONS = {each.result: each for each in (*FORWARD, *BACKWARD, *TRAINING)}


def _solutions() -> dict:
    """The course's own solutions that the sheet is compared with, by name."""
    names: dict = {"np": np}
    for path in sorted((ROOT / "solutions").glob("[01]*/*.py")):
        for found in re.finditer(r'"grade_id": "(\w+)".*"solution": true', path.read_text("utf-8")):
            if found[1] in WANTED:
                code = path.read_text("utf-8")[found.end() :].split("\n", 1)[1]
                exec(code.split("### END SOLUTION")[0], names)
    return names


@pytest.fixture(scope="module")
def computed() -> dict:
    """Every result of the sheet, computed by its own lines from one batch with random weights."""
    rng = np.random.default_rng(0)
    N, D, H, K = SIZES.values()
    names = _solutions() | SIZES
    names |= {n: rng.normal(size=s) for n, s in weight_shapes(D, H, K).items()}
    names |= {n: rng.normal(size=(N, H)) for n in ("h_prev", "c_prev", "dh_next", "dc_next")}
    names |= {"x": rng.normal(size=(N, D)), "targets": rng.integers(K, size=N)}
    for each in FORWARD:
        names[each.result] = eval(each.code, names)
    for each in BACKWARD:
        names[each.result] = eval(each.code, names)
        if each.result == "delta_f":  # the line stands for f, i and o
            for other in "io":
                code = re.sub(r"\b(d?)f\b", rf"\1{other}", each.code)
                names[f"delta_{other}"] = eval(code, names)
    names |= {"gate": 0.9, "gradient": rng.normal(size=8), "max_norm": 0.5, "theta": 1.0}
    names |= {"lr": 0.1, "m_hat": 0.2, "v_hat": 0.04, "eps": 1e-8}
    for each in TRAINING:
        names[each.result] = eval(each.code, names)
    return names


@pytest.mark.parametrize("each", [e for e in EQUATIONS.values() if e.shape], ids=lambda e: e.result)
def test_every_line_gives_the_shape_that_stands_beside_it(computed: dict, each: Equation) -> None:
    letters = re.findall(r"[NDHK]", each.shape)
    assert computed[each.result].shape == tuple(SIZES[letter] for letter in letters)


def test_forwards_the_sheet_computes_what_the_course_does(computed: dict) -> None:
    params = {name: computed[name] for name in weight_shapes(4, 5, 6)}
    h, c, cache = computed["lstm_step"](
        computed["x"], computed["h_prev"], computed["c_prev"], params
    )
    for name, array in {"h": h, "c": c, **{gate: cache[gate] for gate in GATES}}.items():
        np.testing.assert_allclose(computed[name], array, rtol=1e-12)
    loss = computed["cross_entropy"](computed["logits"][None], computed["targets"][None])
    assert computed["loss"] == pytest.approx(loss)


def test_backwards_too(computed: dict) -> None:
    params = {name: computed[name] for name in weight_shapes(4, 5, 6)}
    _, _, cache = computed["lstm_step"](
        computed["x"], computed["h_prev"], computed["c_prev"], params
    )
    dh, dV, db_y = computed["output_layer_backward"](
        computed["logits"][None], computed["targets"][None], computed["h"][None], params["V"]
    )
    dx, dh_prev, dc_prev, grads = computed["lstm_step_backward"](
        dh[0] + computed["dh_next"], computed["dc_next"], cache, params
    )
    right = {"dV": dV, "db_y": db_y, "dx": dx, "dh_prev": dh_prev, "dc_prev": dc_prev}
    right |= {f"d{kind}_f": grads[f"{kind}_f"] for kind in "UWb"}
    for name, array in right.items():
        np.testing.assert_allclose(computed[name], array, rtol=1e-9, atol=1e-12, err_msg=name)
    # the line through σ stands for three gates
    for gate in GATES:
        np.testing.assert_allclose(computed[f"delta_{gate}"].sum(axis=0), grads[f"b_{gate}"])


def test_what_training_is_told(computed: dict) -> None:
    cell = {n: s for n, s in weight_shapes(4, 5, 6).items() if n not in ("V", "b_y")}
    assert computed["count"] == sum(int(np.prod(shape)) for shape in cell.values())
    assert 0.9 ** computed["half_life"] == pytest.approx(0.5)
    clipped, _ = computed["clip_by_global_norm"]({"w": computed["gradient"]}, 0.5)
    np.testing.assert_allclose(computed["clipped"], clipped["w"])
    assert computed["updated"] == pytest.approx(1.0 - 0.1)


def test_the_packed_order_is_the_one_that_unit_17_packs() -> None:
    made = _solutions()["to_torch"](
        {n: np.full(s, float(ord(n[-1]))) for n, s in weight_shapes(1, 1, 1).items()}
    )
    assert "".join(map(chr, made["weight_ih_l0"][:, 0].astype(int))) == "".join(TORCH_ORDER)


def test_the_table_gives_the_judge_its_names_and_shapes() -> None:
    wanted = weight_shapes(2, 3, 5)
    params = {name: np.zeros(shape) for name, shape in wanted.items()}
    assert {n: tuple(s) for n, s in shapes({"D": 2, "H": 3, "K": 5}, params).items()} == wanted
    assert (wanted["U_f"], wanted["V"], wanted["b_y"]) == ((2, 3), (3, 5), (5,))
    assert {each.here for each in SYMBOLS} >= {"`x`", "`c`", "`params`"}


def test_terms_come_once_in_order_and_name_a_unit_that_uses_them() -> None:
    names = [form.lower() for term in TERMS for form in (term.name, *term.also)]
    assert len(set(names)) == len(names)
    assert [t.name.lower() for t in TERMS] == sorted(t.name.lower() for t in TERMS)
    numbers = {name[:2]: name for name in units(ROOT)}
    for term in TERMS:
        name = numbers[term.unit]
        text = (ROOT / "solutions" / name / f"{name[3:]}.py").read_text(encoding="utf-8").lower()
        text = re.sub(r"\s+#?\s*", " ", text)
        assert any(form.lower() in text for form in (term.name, *term.also)), term.name
