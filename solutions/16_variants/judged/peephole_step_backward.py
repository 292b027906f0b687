"""What `peephole_step_backward` is judged by."""

import itertools

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure

from .peephole_step import peephole_step
from .shared import weights
from lstm import GATES, complex_step, sigmoid
from notes import section

INPUTS = ("x", "h_prev", "c_prev")


def peephole_cache(x, h_prev, c_prev, params):
    a = {k: x @ params[f"U_{k}"] + h_prev @ params[f"W_{k}"] + params[f"b_{k}"] for k in "figo"}
    f, i = (sigmoid(a[k] + params[f"p_{k}"] * c_prev) for k in "fi")
    g = np.tanh(a["g"])
    c = f * c_prev + i * g
    o = sigmoid(a["o"] + params["p_o"] * c)
    return {"x": x, "h_prev": h_prev, "c_prev": c_prev, "f": f, "i": i, "g": g, "o": o, "c": c}


def true_step(dh, dc, cache, params):
    """By the complex step, on the forward step alone."""

    def arriving(a):
        h, c = peephole_step(a["x"], a["h_prev"], a["c_prev"], a)
        return (dh * h).sum() + (dc * c).sum()

    gradient = complex_step(arriving, {name: cache[name] for name in INPUTS} | params)
    first = [gradient.pop(name) for name in INPUTS]
    return *first, gradient


DX = "dx: what the input gets, from all four"


DH = "dh_prev: what goes back through all four"


DC_PREV = "dc_prev: along the cell state, and through two peepholes"


PEEPS = "gradients of the peepholes: p_f, p_i, p_o"


PLAIN = "without peepholes it is unit 10's"


SIZES = "right for every N, D and H"


def of_gate(letter: str) -> str:
    name = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}[letter]
    return f"gradients of the {name}: U_{letter}, W_{letter}, b_{letter}"


def peephole_back_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, D: int, H: int, peeks: float = 1.0) -> Args:
        params = weights(rng, D, H, "figo")
        params |= {f"p_{k}": peeks * rng.normal(size=H) for k in "fio"}
        states = rng.uniform(-1, 1, size=(N, H)), 1.5 * rng.normal(size=(N, H))
        cache = peephole_cache(rng.normal(size=(N, D)), *states, params)
        dh, dc = rng.normal(size=(2, N, H))
        return {"dh": dh.copy(), "dc": dc.copy(), "cache": cache, "params": params}

    home, plain = problem(3, 4, 5), problem(3, 4, 5, peeks=0.0)
    sizes = [problem(*s) for s in ((1, 3, 2), (4, 1, 3), (3, 3, 3), (2, 2, 1))]
    without_peeps = tuple(f"{kind}_{a}" for kind in "UWb" for a in GATES)
    exact = {"by_norm": True}
    return [
        Group("a gradient for everything, in its shape", [home], kind="shape"),
        Group(PLAIN, [plain], parts=("dx", "dh_prev", "dc_prev", *without_peeps), **exact),
        Group(PEEPS, [home], parts=("p_f", "p_i", "p_o"), **exact),
        Group(DC_PREV, [home], parts=("dc_prev",), **exact),
        Group(DX, [home], parts=("dx",), **exact),
        Group(DH, [home], parts=("dh_prev",), **exact),
        *(Group(of_gate(a), [home], parts=(f"U_{a}", f"W_{a}", f"b_{a}"), **exact) for a in GATES),
        Group(SIZES, sizes, **exact),
        pure(),
    ]


@composable
def mistaken(**mistake):
    """peephole_step_backward with one thing wrong; each keyword replaces one piece."""

    def function(dh, dc, cache, params):
        m = mistake
        x, h_prev, c_prev, f, i, g, o, c = (
            cache[k] for k in ("x", "h_prev", "c_prev", "f", "i", "g", "o", "c")
        )
        shown = np.tanh(c)
        slope = m.get("slope", lambda a, kind: a * (1 - a) if kind == "sigmoid" else 1 - a**2)
        do = dh * m.get("do", lambda c, shown: shown)(c, shown)
        pre = {"o": do * slope(o, "sigmoid")}
        via_h = dh * m.get("through", lambda o, shown: o * (1 - shown**2))(o, shown)
        peeped = m.get("o_peeps", lambda pre, do, p: pre * p)(pre["o"], do, params["p_o"])
        total = m.get("total", lambda dc, via_h, peeped: dc + via_h + peeped)(dc, via_h, peeped)
        di, dg = total * g, total * i
        if m.get("swap_ig"):
            di, dg = dg, di
        pre |= {
            "f": total * m.get("df", lambda c_prev, c: c_prev)(c_prev, c) * slope(f, "sigmoid"),
            "i": di * slope(i, "sigmoid"),
            "g": dg * slope(g, m.get("g_kind", "tanh")),
        }
        U, W, b = (m.get(k, d) for k, d in (
            ("U", lambda x, d: x.T @ d), ("W", lambda h, d: h.T @ d),
            ("b", lambda d: d.sum(axis=0))))  # fmt: skip
        grads = {f"U_{a}": U(x, d) for a, d in pre.items()}
        grads |= {f"W_{a}": W(h_prev, d) for a, d in pre.items()}
        grads |= {f"b_{a}": b(d) for a, d in pre.items()}
        seen = m.get("seen", lambda c_prev, c: {"f": c_prev, "i": c_prev, "o": c})(c_prev, c)
        peep = m.get("peep", lambda d, c: (d * c).sum(axis=0))
        grads |= {f"p_{a}": peep(pre[a], state) for a, state in seen.items()}
        dx = sum(d @ params[f"U_{a}"].T for a, d in pre.items())
        back = m.get("back", lambda d, M: d @ M.T)
        skip = m.get("skip_h", "")
        dh_prev = sum(back(d, params[f"W_{a}"]) for a, d in pre.items() if a not in skip)
        ways = {
            "kept": total * m.get("kept", lambda f: f)(f),
            "f": pre["f"] * params["p_f"],
            "i": pre["i"] * params["p_i"],
            "o": 0 if not m.get("late") else pre["o"] * params["p_o"],
        }
        dc_prev = sum(way for name, way in ways.items() if name not in m.get("skip_c", ()))
        return m.get("finish", lambda *r: r)(dx, dh_prev, dc_prev, grads)

    return function


def peephole_step_backward(dh, dc, cache, params):
    return mistaken()(dh, dc, cache, params)


def _adds_to_dc(dh, dc, cache, params):
    result = peephole_step_backward(dh, dc, cache, params)
    dc += dh * cache["o"] * (1 - np.tanh(cache["c"]) ** 2)
    return result


_calls = itertools.count()


def _keeps_gradients(dh, dc, cache, params):
    """The gradients of a first call are right; a second finds them still there and adds its own."""
    dx, dh_prev, dc_prev, grads = peephole_step_backward(dh, dc, cache, params)
    again = 1 + next(_calls) % 2
    return dx, dh_prev, dc_prev, {name: again * gradient for name, gradient in grads.items()}


def _without_peepholes(dx, dh_prev, dc_prev, grads):
    return dx, dh_prev, dc_prev, {name: a for name, a in grads.items() if name[0] != "p"}


OF_C = (DC_PREV, SIZES)


PEEPHOLE_BACK_WRONG = (
    Wrong("output gate's peephole not walked back",
          mistaken(total=lambda dc, via_h, peeped: dc + via_h),
          "c misses what arrives through the output gate's peephole. o = σ(… + p_o c) saw this c: add "
          "dO * p_o to dc before you go on to f, i and g."),
    Wrong("output gate's peephole after the others", mistaken(
              total=lambda dc, via_h, peeped: dc + via_h, late=True),
          "You add dO * p_o to dc_prev. The output gate saw the new c: add it to dc, before f, i and "
          "g are walked back."),
    Wrong("output gate's slope missing in its peephole", mistaken(
              o_peeps=lambda pre, do, p: do * p),
          "Through the output gate's peephole comes do * p_o. The peephole lies inside the σ: first "
          "through its slope, dO = do * o (1 - o), then dO * p_o."),
    Wrong("forget gate's peephole not walked back", mistaken(skip_c=("f",)),
          "dc_prev misses the forget gate's peephole: f saw c_prev, so add dF * p_f.", costs=OF_C),
    Wrong("input gate's peephole not walked back", mistaken(skip_c=("i",)),
          "dc_prev misses the input gate's peephole: i saw c_prev, so add dI * p_i.", costs=OF_C),
    Wrong("no peephole in dc_prev", mistaken(skip_c=("f", "i")),
          "dc_prev has the cell state's way alone. The forget gate and the input gate saw c_prev as "
          "well: add dF * p_f + dI * p_i.", costs=OF_C),
    Wrong("only the peepholes in dc_prev", mistaken(skip_c=("kept",)),
          "dc_prev has the peepholes alone. c = f c_prev + …: add dc * f."),
    Wrong("dc_prev without the forget gate", mistaken(kept=lambda f: 1.0),
          "dc_prev passes dc on whole. c = f c_prev + …: dc * f."),
    Wrong("p_o from the old state", mistaken(seen=lambda p, c: {"f": p, "i": p, "o": p}),
          "The gradient of p_o uses c_prev. The output gate peeked at the new cell state: c.",
          costs=(PEEPS, SIZES)),
    Wrong("p_f and p_i from the new state", mistaken(seen=lambda p, c: {"f": c, "i": c, "o": c}),
          "The gradients of p_f and p_i use c. These two gates peeked at c_prev.",
          costs=(PEEPS, SIZES)),
    Wrong("peepholes' gradients per example", mistaken(peep=lambda d, c: d * c),
          "The gradients of p have one row per example. Sum over the batch: shape (H,)."),
    Wrong("peepholes' gradients averaged", mistaken(peep=lambda d, c: (d * c).mean(axis=0)),
          "The gradients of p are averaged over the batch. One p serves every row, so it gets the sum "
          "of all rows.", costs=(PEEPS, SIZES)),
    Wrong("peepholes' gradients as biases", mistaken(peep=lambda d, c: d.sum(axis=0)),
          "You treat p as a bias. It is a weight on the cell state: (dF * c_prev).sum(axis=0).",
          costs=(PEEPS, SIZES)),
    Wrong("peepholes as matrices", mistaken(peep=lambda d, c: c.T @ d),
          "The gradients of p are matrices. A peephole is unit by unit: (dF * c_prev).sum(axis=0), of "
          "shape (H,)."),
    Wrong("no gradients of the peepholes", mistaken(finish=_without_peepholes),
          "p_f, p_i and p_o have no gradients in your dict. They are weights like the others."),
    Wrong("dc from the next step ignored", mistaken(
              total=lambda dc, via_h, peeped: via_h + peeped),
          "What arrives along the cell state from the next step, the argument dc, is ignored. Three "
          "gradients meet at c: dc, dh's way through the tanh, and the output gate's peephole."),
    Wrong("dh's way into c ignored", mistaken(total=lambda dc, via_h, peeped: dc + peeped),
          "dh's way through the tanh is missing at c: add dh * o * (1 - tanh(c)²)."),
    Wrong("slope of tanh(c) missing", mistaken(through=lambda o, shown: o),
          "On the way from h to c the slope of tanh is missing: 1 - tanh(c)²."),
    Wrong("slopes missing", mistaken(slope=lambda a, kind: 1.0),
          "The slopes of σ and tanh are missing: each gradient still has to go through its activation "
          "(gate_backward)."),
    Wrong("σ's slope for the candidate", mistaken(g_kind="sigmoid"),
          "The candidate goes through σ's slope. It was made by tanh: 1 - g²."),
    Wrong("do from c", mistaken(do=lambda c, shown: c),
          "do uses c. What the output gate multiplies is tanh(c)."),
    Wrong("df from c", mistaken(df=lambda c_prev, c: c),
          "df uses the new cell state. The forget gate multiplied the old one: c_prev."),
    Wrong("di and dg exchanged", mistaken(swap_ig=True),
          "di and dg are exchanged: di = dc * g and dg = dc * i."),
    Wrong("W not transposed", mistaken(back=lambda d, M: d @ M),
          "dh_prev uses W where its transpose belongs: forwards h_prev @ W, backwards d @ W.T. W is "
          "square, so no shape complains."),
    Wrong("output gate left out of dh_prev", mistaken(skip_h="o"),
          "dh_prev misses the output gate. h_prev goes into all four: add four terms."),
    Wrong("bias gradients averaged", mistaken(b=lambda d: d.mean(axis=0)),
          "The bias gradients are averaged over the batch. The bias is added to every row, so it gets "
          "the sum of all rows."),
    Wrong("W's gradients transposed", mistaken(W=lambda h, d: d.T @ h),
          "The gradients of the W matrices are transposed: h_prev.T @ d, of W's shape (H, H)."),
    Wrong("kept between calls", _keeps_gradients,
          "Your gradients grow from call to call: they are added to what an earlier call left. One "
          "step's own gradients are asked for."),
    Wrong("adds to dc in place", _adds_to_dc,
          "Your values are right, but `dc += …` changes the caller's array. Write `dc = dc + …`.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=peephole_step_backward,
    truth=true_step,
    groups=peephole_back_groups,
    wrong=PEEPHOLE_BACK_WRONG,
    hints=(
        "Start at the output gate, as far as its pre-activation: dO = gate_backward(do, o, "
        "'sigmoid'). It saw c, so c gets dO * p_o, besides dc and dh's way through the tanh.",
        "Then as in unit 10 with that sum. c_prev gets three terms: dc * f, dF * p_f and dI * p_i.",
        "The gradient of a peephole is a sum over the batch: (dF * c_prev).sum(axis=0); p_o with c.",
    ),
    notes=section("Backpropagation"),
    returns=("dx", "dh_prev", "dc_prev", "grads"),
)
