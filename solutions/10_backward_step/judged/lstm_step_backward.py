"""What `lstm_step_backward` is judged by."""

import itertools

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure

import lstm
from .shared import normal
from lstm import GATES, complex_step, random_params, sigmoid, step
from notes import section


def lstm_step_backward(dh, dc, cache, params):
    return lstm.step_backward(dh, dc, cache, params)


RESULTS = ("dx", "dh_prev", "dc_prev", "grads")


def true_step(dh, dc, cache, params):
    """By the complex step, on unit 06's forward step alone."""

    def arriving(a):
        h, c, _ = step(a["x"], a["h_prev"], a["c_prev"], a)
        return (dh * h).sum() + (dc * c).sum()

    inputs = {name: cache[name] for name in ("x", "h_prev", "c_prev")}
    gradient = complex_step(arriving, inputs | params)
    first = [gradient.pop(name) for name in inputs]
    return *first, gradient


FROM_C = "what arrives at c from the next step counts too"


FROM_H = "what arrives at h goes through the output gate's tanh"


DX = "dx: what the input gets, from all four"


DH = "dh_prev: what goes back through all four"


DC_PREV = "dc_prev: what goes back along the cell state"


SIZES = "right for every N, D and H"


def of_gate(letter: str) -> str:
    name = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}[letter]
    return f"gradients of the {name}: U_{letter}, W_{letter}, b_{letter}"


def step_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, D: int, H: int) -> Args:
        params = random_params(rng, D, H)
        _, _, cache = step(normal(rng, N, D), normal(rng, N, H), normal(rng, N, H), params)
        dh, dc = normal(rng, N, H), normal(rng, N, H)
        return {"dh": dh, "dc": dc, "cache": cache, "params": params}

    home = problem(3, 4, 5)
    from_c, from_h = problem(3, 4, 5), problem(3, 4, 5)
    from_c["dh"], from_h["dc"] = np.zeros((3, 5)), np.zeros((3, 5))
    sizes = [problem(*s) for s in ((1, 3, 2), (4, 1, 3), (3, 3, 3), (2, 2, 1))]
    exact = {"by_norm": True}
    return [
        Group("a gradient for everything, in its shape", [home], kind="shape"),
        Group(DX, [home], parts=("dx",), **exact),
        Group(DH, [home], parts=("dh_prev",), **exact),
        Group(DC_PREV, [home], parts=("dc_prev",), **exact),
        *(Group(of_gate(a), [home], parts=(f"U_{a}", f"W_{a}", f"b_{a}"), **exact) for a in GATES),
        Group(FROM_C, [from_c], **exact),
        Group(FROM_H, [from_h], **exact),
        Group(SIZES, sizes, **exact),
        pure(),
    ]


@composable
def mistaken(**mistake):
    """lstm_step_backward with one thing wrong; each keyword replaces one piece of the right one."""

    def function(dh, dc, cache, params):
        m = mistake
        f, i, g, o, c = (cache[name] for name in ("f", "i", "g", "o", "c"))
        x, h_prev = cache["x"], cache["h_prev"]
        shown = np.tanh(c)
        through = m.get("through", lambda o, c, shown: o * (1 - shown**2))
        total = m.get("total", lambda dc, via_h: dc + via_h)(dc, dh * through(o, c, shown))
        df, di, dg = total * m.get("df", lambda s: s["c_prev"])(cache), total * g, total * i
        if m.get("swap_ig"):
            di, dg = dg, di
        do = dh * m.get("do", lambda c, shown: shown)(c, shown)
        slope = m.get("slope", lambda a, kind: a * (1 - a) if kind == "sigmoid" else 1 - a**2)
        pre = {
            "f": df * slope(f, "sigmoid"),
            "i": di * slope(i, "sigmoid"),
            "g": dg * slope(g, m.get("g_kind", "tanh")),
            "o": do * slope(o, "sigmoid"),
        }
        U, W, b = (m.get(k, d) for k, d in (
            ("U", lambda x, d: x.T @ d), ("W", lambda h, d: h.T @ d),
            ("b", lambda d: d.sum(axis=0))))  # fmt: skip
        grads = {f"U_{a}": U(x, d) for a, d in pre.items()}
        grads |= {f"W_{a}": W(h_prev, d) for a, d in pre.items()}
        grads |= {f"b_{a}": b(d) for a, d in pre.items()}
        back = m.get("back", lambda d, M: d @ M.T)
        skip_x, skip_h = m.get("skip_x", ""), m.get("skip_h", "")
        dx = sum(back_x(d, params[f"U_{a}"]) for a, d in pre.items() if a not in skip_x)
        dh_prev = sum(back(d, params[f"W_{a}"]) for a, d in pre.items() if a not in skip_h)
        if skip_h == "figo":
            dh_prev = np.zeros_like(h_prev)
        return dx, dh_prev, m.get("dc_prev", lambda t, s: t * s["f"])(total, cache), grads

    def back_x(d, M):
        return d @ M.T

    return function


def _step_in_place(dh, dc, cache, params):
    result = lstm.step_backward(dh, dc, cache, params)
    dc += dh * cache["o"] * (1 - np.tanh(cache["c"]) ** 2)
    return result


_calls = itertools.count()


def _keeps_gradients(dh, dc, cache, params):
    """The gradients of a first call are right; a second finds them still there and adds its own."""
    dx, dh_prev, dc_prev, grads = lstm.step_backward(dh, dc, cache, params)
    again = 1 + next(_calls) % 2
    return dx, dh_prev, dc_prev, {name: again * gradient for name, gradient in grads.items()}


def _step_bias_rows(dh, dc, cache, params):
    return mistaken(b=lambda d: d)(dh, dc, cache, params)


STEP_WRONG = (
    Wrong("dc from the next step ignored", mistaken(total=lambda dc, via_h: via_h),
          "You compute dc from dh alone. What arrives along the cell state from the next step, the "
          "argument dc, must be added: it is the highway on which long memories learn."),
    Wrong("dh's way into c ignored", mistaken(total=lambda dc, via_h: dc),
          "You use the incoming dc as it is. c also feeds h = o tanh(c): add dh * o * (1 - tanh(c)²)."),
    Wrong("slope of tanh(c) missing", mistaken(through=lambda o, c, s: o),
          "On the way from h to c the slope of tanh is missing: 1 - tanh(c)²."),
    Wrong("1 - c² for the slope", mistaken(through=lambda o, c, s: 1 - c**2),
          "You use 1 - c² on the way from h to c, and o is missing there: dh * o * (1 - tanh(c)²)."),
    Wrong("1 - c² with the gate", mistaken(through=lambda o, c, s: o * (1 - c**2)),
          "You use 1 - c² as the slope of tanh. c has not been through the tanh: 1 - tanh(c)²."),
    Wrong("output gate missing on the way to c", mistaken(through=lambda o, c, s: 1 - s**2),
          "On the way from h to c the output gate is missing: h = o tanh(c), so multiply by o."),
    Wrong("tanh applied twice on the way from h to c", mistaken(
              through=lambda o, c, s: o * (1 - np.tanh(s) ** 2)),
          "On the way from h to c the slope is taken at tanh(c) instead of at c: the tanh is applied "
          "twice. It is 1 - tanh(c)²."),
    Wrong("slopes missing", mistaken(slope=lambda a, kind: 1.0),
          "The slopes of σ and tanh are missing: every gate's gradient still has to go through its "
          "activation (gate_backward)."),
    Wrong("slope of σ at the activated value", mistaken(
              slope=lambda a, kind: sigmoid(a) * (1 - sigmoid(a)) if kind == "sigmoid" else 1 - a**2),
          "You apply σ to the gates again. They are activated already: the slope is f (1 - f)."),
    Wrong("slope of tanh at the activated value", mistaken(
              slope=lambda a, kind: a * (1 - a) if kind == "sigmoid" else 1 - np.tanh(a) ** 2),
          "You apply tanh to the candidate again. g is activated already: its slope is 1 - g²."),
    Wrong("σ's slope for the candidate", mistaken(g_kind="sigmoid"),
          "The candidate goes through σ's slope. It was made by tanh: 1 - g².",
          ),
    Wrong("tanh's slope for the gates", mistaken(slope=lambda a, kind: 1 - a**2),
          "The gates go through tanh's slope. They were made by σ: f (1 - f)."),
    Wrong("dc_prev without the forget gate", mistaken(dc_prev=lambda t, s: t.copy()),
          "dc_prev passes everything on. c = f c_prev + …, so multiply by f.", costs=(DC_PREV, SIZES)),
    Wrong("dc_prev from the incoming dc", lambda dh, dc, cache, params: (
              lambda r: (r[0], r[1], dc * cache["f"], r[3]))(
              lstm.step_backward(dh, dc, cache, params)),
          "dc_prev uses the dc that came in, without what h added to it. Use the sum.",
          costs=(DC_PREV, SIZES)),
    Wrong("W not transposed", mistaken(back=lambda d, M: d @ M),
          "dh_prev uses W where its transpose belongs: forwards h_prev @ W, backwards d @ W.T. W is "
          "square, so no shape complains.", costs=(DH, SIZES)),
    Wrong("forget gate left out of dh_prev", mistaken(skip_h="f"),
          "dh_prev misses the forget gate. h_prev goes into all four: add four terms.", costs=(DH, SIZES)),
    Wrong("input gate left out of dh_prev", mistaken(skip_h="i"),
          "dh_prev misses the input gate. h_prev goes into all four: add four terms.", costs=(DH, SIZES)),
    Wrong("candidate left out of dh_prev", mistaken(skip_h="g"),
          "dh_prev misses the candidate. h_prev goes into all four: add four terms.", costs=(DH, SIZES)),
    Wrong("output gate left out of dh_prev", mistaken(skip_h="o"),
          "dh_prev misses the output gate. h_prev goes into all four: add four terms.", costs=(DH, SIZES)),
    Wrong("dh_prev is zero", mistaken(skip_h="figo"),
          "dh_prev is zero. h_prev goes into all four gates through W: add four terms.", costs=(DH, SIZES)),
    Wrong("output gate left out of dx", mistaken(skip_x="o"),
          "dx misses the output gate. x goes into all four: add four terms.", costs=(DX, SIZES)),
    Wrong("only the candidate in dx", mistaken(skip_x="fio"),
          "dx has the candidate's term alone. x goes into all four: add four terms.", costs=(DX, SIZES)),
    Wrong("df from c", mistaken(df=lambda s: s["c"]),
          "df uses the new cell state. The forget gate multiplied the old one: c_prev."),
    Wrong("do from c", mistaken(do=lambda c, s: c),
          "do uses c. What the output gate multiplies is tanh(c)."),
    Wrong("di and dg exchanged", mistaken(swap_ig=True),
          "di and dg are exchanged: di = dc * g and dg = dc * i."),
    Wrong("bias gradients averaged", mistaken(b=lambda d: d.mean(axis=0)),
          "The bias gradients are averaged over the batch. The bias is added to every row, so it gets "
          "the sum of all rows. (The 1/N of the loss is in dh already.)"),
    Wrong("bias gradients per example", _step_bias_rows,
          "The bias gradients have one row per example. Sum over the batch: shape (H,)."),
    Wrong("weight gradients divided by N", mistaken(
              U=lambda x, d: x.T @ d / len(x), W=lambda h, d: h.T @ d / len(h),
              b=lambda d: d.mean(axis=0)),
          "All weight gradients are divided by N. The loss's 1/N is in dh already: once is enough."),
    Wrong("W's gradients transposed", mistaken(W=lambda h, d: d.T @ h),
          "The gradients of the W matrices are transposed: h_prev.T @ d, of W's shape (H, H)."),
    Wrong("W's gradients from the new hidden state", lambda dh, dc, cache, params: (
              lstm.step_backward(
                  dh, dc, cache | {"h_prev": cache["o"] * np.tanh(cache["c"])}, params)),
          "The gradients of the W matrices use this step's h. The step went forwards with h_prev @ W: "
          "the states are off by one."),
    Wrong("U's gradients transposed", mistaken(U=lambda x, d: d.T @ x),
          "The gradients of the U matrices are transposed: x.T @ d, of U's shape (D, H)."),
    Wrong("kept between calls", _keeps_gradients,
          "Your gradients grow from call to call: they are added to what an earlier call left. One "
          "step's own gradients are asked for; adding up the steps is unit 11."),
    Wrong("adds to dc in place", _step_in_place,
          "Your values are right, but `dc += …` changes the caller's array. Write `dc = dc + …`.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=lstm_step_backward,
    closed=("numerical_gradient",),
    truth=true_step,
    groups=step_groups,
    wrong=STEP_WRONG,
    hints=(
        "Walk the diagram backwards with the functions you have: hidden state, cell state, gates, "
        "weights.",
        "c is used twice: for h, and by the next step. Its gradient is the sum of both: "
        "dc + (what update_hidden_state_backward gives).",
        "For each gate a with its d: grads U_a = x.T @ d, W_a = h_prev.T @ d, b_a = d.sum(axis=0); "
        "dx adds d @ U_a.T and dh_prev adds d @ W_a.T over all four.",
    ),
    notes=section("Backpropagation"),
    returns=RESULTS,
)
