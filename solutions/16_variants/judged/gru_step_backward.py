"""What `gru_step_backward` is judged by."""

import itertools

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure

from .gru_step import gru_step
from .shared import weights
from lstm import complex_step, sigmoid
from notes import section

INPUTS = ("x", "h_prev")


def gru_cache(x, h_prev, params):
    z, r = (
        sigmoid(x @ params[f"U_{k}"] + h_prev @ params[f"W_{k}"] + params[f"b_{k}"]) for k in "zr"
    )
    g = np.tanh(x @ params["U_g"] + (r * h_prev) @ params["W_g"] + params["b_g"])
    return {"x": x, "h_prev": h_prev, "z": z, "r": r, "g": g}


def true_step(dh, cache, params):
    """By the complex step, on the forward step alone."""

    def arriving(a):
        return (dh * gru_step(a["x"], a["h_prev"], a)).sum()

    gradient = complex_step(arriving, {name: cache[name] for name in INPUTS} | params)
    first = [gradient.pop(name) for name in INPUTS]
    return *first, gradient


DX = "dx: what the input gets, from both gates and the candidate"


DH = "dh_prev: four ways back into the old state"


SIZES = "right for every N, D and H"


def of_gate(letter: str) -> str:
    name = {"z": "update gate", "r": "reset gate", "g": "candidate"}[letter]
    return f"gradients of the {name}: U_{letter}, W_{letter}, b_{letter}"


def gru_back_groups(rng: np.random.Generator) -> list[Group]:
    def problem(N: int, D: int, H: int) -> Args:
        params = weights(rng, D, H, "zrg")
        cache = gru_cache(rng.normal(size=(N, D)), rng.uniform(-1, 1, size=(N, H)), params)
        return {"dh": rng.normal(size=(N, H)), "cache": cache, "params": params}

    home = problem(3, 4, 5)
    sizes = [problem(*s) for s in ((1, 3, 2), (4, 1, 3), (3, 3, 3), (2, 2, 1))]
    exact = {"by_norm": True}
    return [
        Group("a gradient for everything, in its shape", [home], kind="shape"),
        Group(DX, [home], parts=("dx",), **exact),
        Group(DH, [home], parts=("dh_prev",), **exact),
        *(Group(of_gate(a), [home], parts=(f"U_{a}", f"W_{a}", f"b_{a}"), **exact) for a in "zrg"),
        Group(SIZES, sizes, **exact),
        pure(),
    ]


@composable
def mistaken(**mistake):
    """gru_step_backward with one thing wrong; each keyword replaces one piece of the right one."""

    def function(dh, cache, params):
        m = mistake
        x, h_prev, z, r, g = (cache[name] for name in ("x", "h_prev", "z", "r", "g"))
        slope = m.get("slope", lambda a, kind: a * (1 - a) if kind == "sigmoid" else 1 - a**2)
        dg = dh * m.get("by_g", lambda z: 1 - z)(z)
        dz = dh * m.get("by_z", lambda h, g: h - g)(h_prev, g)
        pre = {"g": dg * slope(g, m.get("g_kind", "tanh")), "z": dz * slope(z, "sigmoid")}
        turned = m.get("back", lambda d, M: d @ M.T)
        through = turned(m.get("into_reset", lambda pre, dg: pre)(pre["g"], dg), params["W_g"])
        dr = m.get("by_r", lambda through, h: through * h)(through, h_prev)
        pre["r"] = dr * slope(r, "sigmoid")
        sees = {"z": h_prev, "r": h_prev, "g": m.get("sees", lambda r, h: r * h)(r, h_prev)}
        U, W, b = (m.get(k, d) for k, d in (
            ("U", lambda x, d: x.T @ d), ("W", lambda h, d: h.T @ d),
            ("b", lambda d: d.sum(axis=0))))  # fmt: skip
        grads = {f"U_{a}": U(x, d) for a, d in pre.items()}
        grads |= {f"W_{a}": W(sees[a], d) for a, d in pre.items()}
        grads |= {f"b_{a}": b(d) for a, d in pre.items()}
        dx = sum(d @ params[f"U_{a}"].T for a, d in pre.items() if a not in m.get("skip_x", ""))
        ways = {
            "kept": dh * m.get("kept", lambda z: z)(z),
            "z": turned(pre["z"], params["W_z"]),
            "r": turned(pre["r"], params["W_r"]),
            "g": m.get("after_reset", lambda through, r: through * r)(through, r),
        }
        dh_prev = sum(way for name, way in ways.items() if name not in m.get("skip_h", ()))
        return m.get("finish", lambda *r: r)(dx, dh_prev, grads)

    return function


def gru_step_backward(dh, cache, params):
    return mistaken()(dh, cache, params)


def _scales_dh(dh, cache, params):
    result = gru_step_backward(dh, cache, params)
    dh *= cache["z"]
    return result


_calls = itertools.count()


def _keeps_gradients(dh, cache, params):
    """The gradients of a first call are right; a second finds them still there and adds its own."""
    dx, dh_prev, grads = gru_step_backward(dh, cache, params)
    again = 1 + next(_calls) % 2
    return dx, dh_prev, {name: again * gradient for name, gradient in grads.items()}


BOTH = (DH, SIZES)


GRU_BACK_WRONG = (
    Wrong("the direct way missing", mistaken(skip_h=("kept",)),
          "dh_prev misses the direct way: h = z h_prev + …, so add dh * z. It is the highway on which "
          "long memories learn.", costs=BOTH),
    Wrong("candidate left out of dh_prev", mistaken(skip_h=("g",)),
          "dh_prev misses the way through the candidate, which saw r * h_prev: add (dG @ W_g.T) * r.",
          costs=BOTH),
    Wrong("update gate left out of dh_prev", mistaken(skip_h=("z",)),
          "dh_prev misses the update gate, which is made from h_prev as well: add dZ @ W_z.T.",
          costs=BOTH),
    Wrong("reset gate left out of dh_prev", mistaken(skip_h=("r",)),
          "dh_prev misses the reset gate, which is made from h_prev as well: add dR @ W_r.T.",
          costs=BOTH),
    Wrong("both gates left out of dh_prev", mistaken(skip_h=("z", "r")),
          "dh_prev misses both gates. They are made from h_prev as well: add dZ @ W_z.T + dR @ W_r.T.",
          costs=BOTH),
    Wrong("reset forgotten on the way back", mistaken(after_reset=lambda through, r: through),
          "The way back through the candidate is not multiplied by r. What went into W_g was "
          "r * h_prev, so h_prev gets (dG @ W_g.T) * r.", costs=BOTH),
    Wrong("1 - z on the direct way", mistaken(kept=lambda z: 1 - z),
          "On the direct way dh is multiplied by 1 - z. What was kept is z * h_prev: dh * z.",
          costs=BOTH),
    Wrong("direct way whole", mistaken(kept=lambda z: 1.0),
          "On the direct way dh is passed on whole. What was kept is z * h_prev: dh * z.", costs=BOTH),
    Wrong("W_g's gradient from h_prev", mistaken(sees=lambda r, h: h),
          "The gradient of W_g uses h_prev. What went into W_g is r * h_prev: (r * h_prev).T @ dG.",
          costs=(of_gate("g"), SIZES)),
    Wrong("update gate's gradient without the candidate", mistaken(by_z=lambda h, g: h),
          "dz has h_prev alone. z stands twice in z h_prev + (1 - z) g: dz = dh * (h_prev - g)."),
    Wrong("update gate's gradient without the old state", mistaken(by_z=lambda h, g: -g),
          "dz has the candidate alone. z stands twice in z h_prev + (1 - z) g: dz = dh * (h_prev - g)."),
    Wrong("g - h_prev", mistaken(by_z=lambda h, g: g - h),
          "dz has the wrong sign. In z h_prev + (1 - z) g the old state is added with z: h_prev - g."),
    Wrong("candidate weighed by z", mistaken(by_g=lambda z: z),
          "dg is dh * z. The candidate is written with 1 - z: dg = dh * (1 - z)."),
    Wrong("candidate not weighed", mistaken(by_g=lambda z: 1.0),
          "dg is dh itself. The candidate is written with 1 - z: dg = dh * (1 - z)."),
    Wrong("reset gate's gradient without h_prev", mistaken(by_r=lambda through, h: through),
          "dr misses a factor. r multiplies h_prev: dr = (dG @ W_g.T) * h_prev."),
    Wrong("slope of tanh missing on the way to the reset gate",
          mistaken(into_reset=lambda pre, dg: dg),
          "On the way from g to the reset gate the slope of tanh is missing: first "
          "dG = dg * (1 - g²), then dG @ W_g.T."),
    Wrong("slopes missing", mistaken(slope=lambda a, kind: 1.0),
          "The slopes of σ and tanh are missing: each gradient still has to go through its activation "
          "(gate_backward)."),
    Wrong("slope of σ at the activated value", mistaken(
              slope=lambda a, kind: sigmoid(a) * (1 - sigmoid(a)) if kind == "sigmoid" else 1 - a**2),
          "You apply σ to the gates again. They are activated already: the slope is z (1 - z)."),
    Wrong("slope of tanh at the activated value", mistaken(
              slope=lambda a, kind: a * (1 - a) if kind == "sigmoid" else 1 - np.tanh(a) ** 2),
          "You apply tanh to the candidate again. g is activated already: its slope is 1 - g²."),
    Wrong("σ's slope for the candidate", mistaken(g_kind="sigmoid"),
          "The candidate goes through σ's slope. It was made by tanh: 1 - g²."),
    Wrong("tanh's slope for the gates", mistaken(slope=lambda a, kind: 1 - a**2),
          "The gates go through tanh's slope. They were made by σ: z (1 - z)."),
    Wrong("W not transposed", mistaken(back=lambda d, M: d @ M),
          "On the way back W stands where its transpose belongs: forwards h_prev @ W, backwards "
          "d @ W.T. W is square, so no shape complains."),
    Wrong("only the candidate in dx", mistaken(skip_x="zr"),
          "dx has the candidate's term alone. x goes into both gates as well: add three terms.",
          costs=(DX, SIZES)),
    Wrong("reset gate left out of dx", mistaken(skip_x="r"),
          "dx misses the reset gate. x goes into both gates and the candidate: add three terms.",
          costs=(DX, SIZES)),
    Wrong("bias gradients averaged", mistaken(b=lambda d: d.mean(axis=0)),
          "The bias gradients are averaged over the batch. The bias is added to every row, so it gets "
          "the sum of all rows."),
    Wrong("bias gradients per example", mistaken(b=lambda d: d),
          "The bias gradients have one row per example. Sum over the batch: shape (H,)."),
    Wrong("weight gradients divided by N", mistaken(
              U=lambda x, d: x.T @ d / len(x), W=lambda h, d: h.T @ d / len(h),
              b=lambda d: d.mean(axis=0)),
          "All weight gradients are divided by N. The loss's 1/N is in dh already: once is enough."),
    Wrong("W's gradients transposed", mistaken(W=lambda h, d: d.T @ h),
          "The gradients of the W matrices are transposed: h_prev.T @ d, of W's shape (H, H)."),
    Wrong("dx and dh_prev exchanged", mistaken(finish=lambda dx, dh, grads: (dh, dx, grads)),
          "You return dh_prev first. The order is dx, dh_prev, grads."),
    Wrong("kept between calls", _keeps_gradients,
          "Your gradients grow from call to call: they are added to what an earlier call left. One "
          "step's own gradients are asked for."),
    Wrong("writes into dh", _scales_dh,
          "Your values are right, but dh is changed: write `dh * z`, not `dh *= z`.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=gru_step_backward,
    truth=true_step,
    groups=gru_back_groups,
    wrong=GRU_BACK_WRONG,
    hints=(
        "Candidate first: dg = dh * (1 - z), through its tanh gives dG, and dG @ W_g.T is what "
        "arrives at r * h_prev.",
        "r * h_prev is a product of two: r gets (dG @ W_g.T) * h_prev, h_prev gets (dG @ W_g.T) * r.",
        "For each of z, r, g with its d: U_a = x.T @ d, b_a = d.sum(axis=0), W_a = h_prev.T @ d; but "
        "W_g multiplied r * h_prev.",
        "dh_prev = dh * z + (dG @ W_g.T) * r + dZ @ W_z.T + dR @ W_r.T",
    ),
    notes=section("Backpropagation"),
    returns=("dx", "dh_prev", "grads"),
)
