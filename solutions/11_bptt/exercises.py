"""What backpropagation through time is judged by: gradients by the complex step, per array.

T >= 4, N >= 3, sizes that differ, states that do not start at zero, weights of order 1 and a loss on
every step: settings at which wrong backward passes do not slip through.
"""

import itertools

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong
from utils.pictures.diagram import cell

import lstm
from lstm import CELL, GATES, complex_step, forward, random_params, softmax, step_backward
from notes import section

TITLE = "Backpropagation through time"
FILES = {"cell.svg": cell(lit=("c_prev", "cell_state", "h_prev", "hidden_state"), title=TITLE).svg}


def lstm_backward(dh, caches, params):
    return lstm.backward(dh, caches, params)


def loss_and_gradients(params, x, targets, h0, c0):
    h, _, caches = forward(x, h0, c0, params)
    logits = h @ params["V"] + params["b_y"]
    dh, dV, db_y = lstm.output_layer_backward(logits, targets, h, params["V"])
    *_, grads = lstm.backward(dh, caches, params)
    return float(lstm.cross_entropy(logits, targets)), {**grads, "V": dV, "b_y": db_y}


# --- the cell through time --------------------------------------------------------------------


def true_backward(dh, caches, params):
    """By the complex step, on unit 08's forward pass alone."""
    x = np.stack([cache["x"] for cache in caches])
    h0, c0 = caches[0]["h_prev"], caches[0]["c_prev"]

    def arriving(a):
        h, _, _ = forward(a["x"], a["h0"], a["c0"], a)
        return (dh * h).sum()

    gradient = complex_step(arriving, {"x": x, "h0": h0, "c0": c0} | params)
    first = [gradient.pop(name) for name in ("x", "h0", "c0")]
    return *first, gradient


def weights_of(letter: str) -> tuple[str, ...]:
    return f"U_{letter}", f"W_{letter}", f"b_{letter}"


CARRY_C = "the cell state's gradient is carried from step to step"
DX, DH0, DC0 = "dx for every step", "dh0", "dc0"
NAMES = {"f": "forget gate", "i": "input gate", "g": "candidate", "o": "output gate"}


def problem(rng: np.random.Generator, T: int, N: int, D: int, H: int, scale: float = 1.0) -> Args:
    params = random_params(rng, D, H, scale=scale)
    x, h0, c0 = rng.normal(size=(T, N, D)), rng.uniform(-1, 1, (N, H)), rng.normal(size=(N, H))
    _, _, caches = forward(x, h0, c0, params)
    return {"dh": rng.normal(size=(T, N, H)), "caches": caches, "params": params}


def backward_groups(rng: np.random.Generator) -> list[Group]:
    home = problem(rng, 4, 3, 2, 4)
    last = problem(rng, 5, 3, 2, 3)
    last["dh"][:-1] = 0
    sizes = [problem(rng, *s) for s in ((1, 3, 2, 4), (6, 1, 3, 1), (4, 2, 1, 2), (3, 3, 3, 3))]
    exact = {"by_norm": True}
    return [
        Group("a gradient for everything, in its shape", [home], kind="shape"),
        Group("one step alone is right", sizes[:1], **exact),
        Group(DX, [home], parts=("dx",), **exact),
        Group(DH0, [home], parts=("dh0",), **exact),
        Group(DC0, [home], parts=("dc0",), **exact),
        *(
            Group(f"gradients of the {NAMES[a]}, summed over all steps", [home],
                  parts=weights_of(a), **exact)
            for a in GATES
        ),
        Group("a loss at the last step alone reaches the first", [last], **exact),
        Group("right for every T, N, D and H", sizes, **exact),
        Group("leaves its arguments alone, and nothing over for the next call", kind="pure"),
    ]  # fmt: skip


def through_time(**mistake):
    """lstm_backward with one thing wrong; each keyword replaces one piece of the right one."""

    def function(dh, caches, params):
        m = mistake
        T = len(dh)
        zeros = np.zeros_like(dh[0])
        dh_next, dc_next = zeros, zeros
        grads = {name: np.zeros_like(params[name]) for name in CELL}
        dx = np.zeros((T, *caches[0]["x"].shape))
        steps = range(T) if m.get("forwards") else range(T - 1, -1, -1)
        cut = m.get("cut", T)
        for count, t in enumerate(steps):
            if not m.get("carry_h", True) or count % cut == 0:
                dh_next = zeros
            if not m.get("carry_c", True) or count % cut == 0:
                dc_next = zeros
            arrive = m.get("arrive", lambda own, carried, t, T: own + carried)
            cache = caches[m.get("cache", lambda t, T: t)(t, T)]
            arriving = arrive(dh[t], dh_next, t, T)
            one_step = m.get("step", step_backward)
            dx[t], dh_next, dc_next, own = one_step(arriving, dc_next, cache, params)
            dh_next, dc_next = m.get("between", lambda a, b: (a, b))(dh_next, dc_next)
            for name in CELL:
                grads[name] = m.get("add", lambda old, new: old + new)(grads[name], own[name])
        scale = m.get("scale", lambda T, N: 1.0)(T, dh.shape[1])
        grads = {name: scale * gradient for name, gradient in grads.items()}
        return m.get("finish", lambda *r: r)(dx, dh_next, dc_next, grads)

    return function


_calls = itertools.count()


def _keeps_gradients(dh, caches, params):
    """The gradients of a first call are right; a second finds them still there and adds its own."""
    dx, dh0, dc0, grads = lstm.backward(dh, caches, params)
    again = 1 + next(_calls) % 2
    return dx, dh0, dc0, {name: again * gradient for name, gradient in grads.items()}


def _adds_into_dh(dh, caches, params):
    result = lstm.backward(dh, caches, params)
    dh[:-1] += 1.0
    return result


def _clip(a, b):
    norm = np.linalg.norm(a)
    return (a * min(1.0, 1.0 / norm) if norm else a), b


def _one_gate_last_step(dh, caches, params):
    dx, dh0, dc0, grads = lstm.backward(dh, caches, params)
    last = through_time(add=lambda old, new: old if old.any() else new)(dh, caches, params)[3]
    for kind in "UWb":
        grads[f"{kind}_f"] = last[f"{kind}_f"]
    return dx, dh0, dc0, grads


# Mistakes within one step, as they are made where unit 10's function is written out once more.


def _not_turned(dh, dc, cache, params):
    turned = {f"W_{a}": params[f"W_{a}"].T for a in GATES}
    return step_backward(dh, dc, cache, {**params, **turned})


def _without_forget_gate(dh, dc, cache, params):
    return step_backward(dh, dc, cache, {**params, "W_f": np.zeros_like(params["W_f"])})


def _flat_tanh(dh, dc, cache, params):
    missing = dh * cache["o"] * np.tanh(cache["c"]) ** 2
    return step_backward(dh, dc + missing, cache, params)


def _c_for_c_prev(dh, dc, cache, params):
    return step_backward(dh, dc, {**cache, "c_prev": cache["c"]}, params)


def _instead_of_f(gate):
    def function(dh, dc, cache, params):
        dx, dh_prev, dc_prev, grads = step_backward(dh, dc, cache, params)
        return dx, dh_prev, dc_prev / cache["f"] * (cache[gate] if gate else 1), grads

    return function


def _bias_averaged(dh, dc, cache, params):
    dx, dh_prev, dc_prev, grads = step_backward(dh, dc, cache, params)
    return dx, dh_prev, dc_prev, grads | {f"b_{a}": grads[f"b_{a}"] / len(dh) for a in GATES}


NEITHER = "Each step is treated as if it were alone: neither dh nor dc is carried back."

BACKWARD_WRONG = (
    Wrong("hidden state's carry lost", through_time(carry_h=False),
          "What goes back along the hidden state is lost: add the dh_prev of step t + 1 to the loss's "
          "own dh[t] before you go through step t."),
    Wrong("cell state's carry lost", through_time(carry_c=False),
          "What goes back along the cell state is lost: the dc_prev of step t + 1 is the dc of step t. "
          "Without it the LSTM learns no long memory, though its loss still falls."),
    Wrong("both carries lost", through_time(carry_h=False, carry_c=False),
          NEITHER + " Then nothing can be learned about the past."),
    Wrong("carry instead of the loss's own gradient",
          through_time(arrive=lambda own, carried, t, T: own if t == T - 1 else carried),
          "From the second step on, the loss's own dh[t] is replaced by what is carried. Both arrive "
          "at h_t: add them."),
    Wrong("carry added twice", through_time(arrive=lambda own, carried, t, T: own + 2 * carried),
          "What is carried along the hidden state is added twice."),
    Wrong("averaged with the carry",
          through_time(arrive=lambda own, carried, t, T: (own + carried) / (1 if t == T - 1 else 2)),
          "You average the loss's own gradient and what is carried. Two ways into h_t: they add up."),
    Wrong("= instead of +=", through_time(add=lambda old, new: new),
          "Your weight gradients are those of the first time step alone: each step overwrites the one "
          "before (`=`). The weights are used at every step, so their gradients add up (`+=`)."),
    Wrong("only the last step's gradients",
          through_time(add=lambda old, new: old if old.any() else new),
          "Your weight gradients are those of the last time step alone. The weights are used at every "
          "step: add up all of them."),
    Wrong("only one gate summed", _one_gate_last_step,
          "The forget gate's gradients are those of the last step alone; the others are summed. Sum "
          "all of them.",
          costs="gradients of the forget gate, summed over all steps"),
    Wrong("time runs forwards", through_time(forwards=True),
          "You go through the steps from first to last. What arrives at a step comes from the steps "
          "after it: start at the end, reversed(range(T))."),
    Wrong("caches in reverse", through_time(cache=lambda t, T: T - 1 - t),
          "dh[t] is paired with the cache of step T - 1 - t. Either both run backwards or neither."),
    Wrong("states off by one", through_time(cache=lambda t, T: max(t - 1, 0)),
          "Step t uses the cache of step t - 1. caches[t] belongs to dh[t]."),
    Wrong("divided by T", through_time(scale=lambda T, N: 1 / T),
          "Your weight gradients are exactly T times too small. The loss is summed over time, and so "
          "are they."),
    Wrong("divided by N", through_time(scale=lambda T, N: 1 / N),
          "Your weight gradients are exactly N times too small. The 1/N of the loss is in dh already."),
    Wrong("times T", through_time(scale=lambda T, N: T),
          "Your weight gradients are exactly T times too large."),
    Wrong("truncated after two steps", through_time(cut=2),
          "The carries are cut every two steps: that is truncated backpropagation, and here the full "
          "gradient is asked for."),
    Wrong("truncated after three steps", through_time(cut=3),
          "The carries are cut every three steps: that is truncated backpropagation, and here the "
          "full gradient is asked for."),
    Wrong("clipped inside the loop", through_time(between=_clip),
          "The gradient is clipped while it travels back. Then it is no gradient of the loss any "
          "more. Clip once, at the end, over all arrays together (unit 12)."),
    Wrong("W not transposed", through_time(step=_not_turned),
          "What goes back to h_prev uses W where its transpose belongs: d @ W.T. W is square, so no "
          "error is raised."),
    Wrong("forget gate left out of dh_prev", through_time(step=_without_forget_gate),
          "What goes back to h_prev misses the forget gate. h_prev goes into all four: add four "
          "terms."),
    Wrong("slope of tanh(c) missing", through_time(step=_flat_tanh),
          "On the way from h to c the slope of tanh is missing: 1 - tanh(c)²."),
    Wrong("c_t for c_prev", through_time(step=_c_for_c_prev),
          "The forget gate's gradient uses c_t. The gate multiplied c_{t-1}: cache['c_prev']."),
    Wrong("dc_prev through the input gate", through_time(step=_instead_of_f("i")),
          "What goes back along the cell state is multiplied by i. c = f c_prev + i g: multiply by f."),
    Wrong("dc_prev without the forget gate", through_time(step=_instead_of_f("")),
          "What goes back along the cell state is passed on as it is. c = f c_prev + i g: multiply by "
          "f."),
    Wrong("bias averaged", through_time(step=_bias_averaged),
          "The gradients of the biases are averaged over the batch. Sum them: the 1/N of the loss is "
          "in dh already."),
    Wrong("dx of the first step for all", through_time(
              finish=lambda dx, dh0, dc0, g: (np.repeat(dx[:1], len(dx), axis=0), dh0, dc0, g)),
          "Every step has the dx of step 0. Store dx[t] inside the loop.", costs=DX),
    Wrong("dx backwards", through_time(finish=lambda dx, dh0, dc0, g: (
              dx[::-1].copy(), dh0, dc0, g)),
          "dx runs backwards in time: appended in the order of the loop and not turned round. dx[t] "
          "belongs to x[t].", costs=DX),
    Wrong("dx summed over time", through_time(finish=lambda dx, dh0, dc0, g: (
              dx.sum(axis=0), dh0, dc0, g)),
          "dx is summed over time. Every step has an input of its own: shape (T, N, D)."),
    Wrong("dh0 is zero", through_time(finish=lambda dx, dh0, dc0, g: (
              dx, np.zeros_like(dh0), dc0, g)),
          "dh0 is zero. It is what step 0 hands back: its dh_prev.", costs=DH0),
    Wrong("dh0 is dh[0]", lambda dh, caches, params: (
              lambda r: (r[0], dh[0].copy(), r[2], r[3]))(lstm.backward(dh, caches, params)),
          "dh0 is dh[0]. dh[0] arrives at the state after step 0; dh0 is what that step hands back, "
          "its dh_prev.", costs=DH0),
    Wrong("dc0 is zero", through_time(finish=lambda dx, dh0, dc0, g: (
              dx, dh0, np.zeros_like(dc0), g)),
          "dc0 is zero. It is what step 0 hands back along the cell state: its dc_prev.", costs=DC0),
    Wrong("dh0 and dc0 exchanged", through_time(finish=lambda dx, dh0, dc0, g: (dx, dc0, dh0, g)),
          "dh0 and dc0 are exchanged."),
    Wrong("kept between calls", _keeps_gradients,
          "Your gradients grow from call to call: they are added to what an earlier call left. Start "
          "with new zeros in every call."),
    Wrong("adds into dh", _adds_into_dh,
          "Your values are right, but dh is changed: `dh[t] += dh_next` writes into the caller's "
          "array. Write `arriving = dh[t] + dh_next`.",
          costs="leaves its arguments alone, and nothing over for the next call"),
)  # fmt: skip

# --- the whole model --------------------------------------------------------------------------


def true_loss_and_gradients(params, x, targets, h0, c0):
    value = float(lstm.loss(params, x, targets, h0, c0))
    return value, complex_step(lambda p: lstm.loss(p, x, targets, h0, c0), params)


LOSS = "the loss: summed over time, averaged over the batch"
OUTPUT = "gradients of the output: V, b_y"
CELLS = "gradients of the cell: every U, W and b"
STATES = "begins at h0 and c0"


def model_groups(rng: np.random.Generator) -> list[Group]:
    def model(T: int, N: int, D: int, H: int, K: int) -> Args:
        return {
            "params": random_params(rng, D, H, K),
            "x": rng.normal(size=(T, N, D)),
            "targets": rng.integers(K, size=(T, N)),
            "h0": rng.uniform(-1, 1, size=(N, H)),
            "c0": rng.normal(size=(N, H)),
        }

    home = model(4, 3, 2, 4, 5)
    from_zero = model(4, 3, 2, 4, 5)
    from_zero["h0"], from_zero["c0"] = np.zeros((3, 4)), np.zeros((3, 4))
    sizes = [model(*s) for s in ((1, 2, 3, 1, 2), (5, 1, 1, 2, 3), (3, 3, 3, 3, 3))]
    exact = {"by_norm": True}
    return [
        Group("a number, and a gradient for each of the 14 arrays", [home], kind="shape"),
        Group(LOSS, [from_zero], parts=("loss",)),
        Group(OUTPUT, [from_zero], parts=("V", "b_y"), **exact),
        Group(CELLS, [from_zero], parts=CELL, **exact),
        Group(STATES, [home], **exact),
        Group("right for every T, N, D, H and K", sizes, **exact),
        Group("leaves its arguments alone", kind="pure"),
    ]


def whole(**mistake):
    """loss_and_gradients with one thing wrong."""

    def function(params, x, targets, h0, c0):
        m = mistake
        if m.get("from_zero"):
            h0, c0 = np.zeros_like(h0), np.zeros_like(c0)
        h, _, caches = forward(x, h0, c0, params)
        logits = h @ params["V"] + m.get("bias", 1.0) * params["b_y"]
        p = softmax(logits)
        one_hot = np.eye(logits.shape[-1])[targets]
        d = m.get("d_logits", lambda p, y, T, N: (p - y) / N)(p, one_hot, *targets.shape)
        d_back = d * (np.arange(len(d)) == len(d) - 1)[:, None, None] if m.get("last") else d
        dh = d_back @ params["V"].T
        *_, grads = m.get("backward", lstm.backward)(dh, caches, params)
        grads["V"] = np.einsum("tnh,tnk->hk", m.get("states", lambda h: h)(h), d)
        grads["b_y"] = d.sum(axis=(0, 1))
        value = m.get("loss", lambda v, T, N: v)(
            lstm.cross_entropy(logits, targets), *targets.shape
        )
        return m.get("finish", lambda v, g: (v, g))(float(value), grads)

    return function


def _without_output(value, grads):
    return value, {name: grads[name] for name in CELL}


def _descends(params, x, targets, h0, c0):
    value, grads = loss_and_gradients(params, x, targets, h0, c0)
    params["V"] -= 0.1 * grads["V"]
    return value, grads


_model_calls = itertools.count()


def _keeps_model_gradients(params, x, targets, h0, c0):
    value, grads = loss_and_gradients(params, x, targets, h0, c0)
    again = 1 + next(_model_calls) % 2
    return value, {name: again * gradient for name, gradient in grads.items()}


def _probabilities_for_logits(params, x, targets, h0, c0):
    _, grads = loss_and_gradients(params, x, targets, h0, c0)
    h, _, _ = forward(x, h0, c0, params)
    p = softmax(h @ params["V"] + params["b_y"])
    return float(lstm.cross_entropy(p, targets)), grads


MODEL_WRONG = (
    Wrong("output's gradients missing", whole(finish=_without_output),
          "V and b_y have no gradients in your dict. Every parameter is trained, the output's too."),
    Wrong("only gradients", whole(finish=lambda v, g: g),
          "You return the gradients alone. The loss comes first: loss, grads."),
    Wrong("returned in the wrong order", whole(finish=lambda v, g: (g, v)),
          "You return the gradients first. The order is loss, grads."),
    Wrong("states begin at zero", whole(from_zero=True),
          "You begin with zeros and ignore h0 and c0.", costs=STATES),
    Wrong("loss averaged over time", whole(loss=lambda v, T, N: v / T),
          "Your loss is averaged over time and your gradients belong to the sum. They must belong to "
          "the same loss: summed over time.", costs=LOSS),
    Wrong("loss summed over the batch", whole(loss=lambda v, T, N: v * N),
          "Your loss is summed over the batch and your gradients belong to the mean. The loss is "
          "averaged over the batch.", costs=LOSS),
    Wrong("gradients not divided by N", whole(d_logits=lambda p, y, T, N: p - y),
          "Your gradients are exactly N times too large: the loss is averaged over the batch."),
    Wrong("gradients divided by T", whole(d_logits=lambda p, y, T, N: (p - y) / (T * N)),
          "Your gradients are exactly T times too small: the loss is summed over time."),
    Wrong("softmax's slope applied twice",
          whole(d_logits=lambda p, y, T, N: (p - y) * p * (1 - p) / N),
          "p - y is multiplied by the softmax's slope, which is in it already."),
    Wrong("target not subtracted", whole(d_logits=lambda p, y, T, N: p / N),
          "The target's 1 is not subtracted from the probabilities."),
    Wrong("sign turned", whole(d_logits=lambda p, y, T, N: (y - p) / N),
          "All gradients have the wrong sign: probability minus target."),
    Wrong("only the last step reaches the cell", whole(last=True),
          "Only the last step's loss goes back into the cell. Every step has a loss of its own.",
          costs=CELLS),
    Wrong("cell's carry lost", whole(backward=through_time(carry_c=False)),
          "The gradient carried along the cell state is lost on the way back: see lstm_backward.",
          costs=CELLS),
    Wrong("hidden state's carry lost", whole(backward=through_time(carry_h=False)),
          "The gradient carried along the hidden state is lost on the way back: see lstm_backward.",
          costs=CELLS),
    Wrong("= instead of +=", whole(backward=through_time(add=lambda old, new: new)),
          "The cell's gradients are those of one step alone: add up all steps.", costs=CELLS),
    Wrong("V's gradient from the states before",
          whole(states=lambda h: np.concatenate([np.zeros_like(h[:1]), h[:-1]])),
          "The gradient of V uses the hidden states of the step before. Step t's logits come from h_t.",
          costs=OUTPUT),
    Wrong("b_y left out", whole(bias=0.0),
          "Your logits have no bias b_y: h V + b_y."),
    Wrong("loss of the probabilities", _probabilities_for_logits,
          "Your loss is the cross-entropy of the probabilities: softmax is taken twice. cross_entropy "
          "takes logits."),
    Wrong("kept between calls", _keeps_model_gradients,
          "Your gradients grow from call to call: they are added to what an earlier call left. Start "
          "anew in every call."),
    Wrong("takes a step of descent", _descends,
          "Your values are right, but V is changed: the update is somebody else's work (unit 12).",
          costs="leaves its arguments alone"),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=lstm_backward,
        truth=true_backward,
        groups=backward_groups,
        wrong=BACKWARD_WRONG,
        hints=(
            "One loop over time, from the last step to the first. Two arrays travel with you: what "
            "step t + 1 handed back for h and for c. Before the loop both are zero.",
            "At step t: lstm_step_backward(dh[t] + dh_next, dc_next, caches[t], params). What it "
            "returns for dh_prev and dc_prev is dh_next and dc_next for the step before.",
            "The weights are the same at every step, so grads[name] += what this step gives. After "
            "the loop dh_next is dh0 and dc_next is dc0.",
        ),
        notes=section("Backpropagation"),
        returns=("dx", "dh0", "dc0", "grads"),
    ),
    Exercise(
        reference=loss_and_gradients,
        truth=true_loss_and_gradients,
        groups=model_groups,
        wrong=MODEL_WRONG,
        hints=(
            "Forwards: lstm_forward, then the logits h V + b_y, then cross_entropy.",
            "Backwards in the opposite order: output_layer_backward gives dh, dV and db_y; "
            "lstm_backward takes dh on from there.",
            "One dict for all: {**grads, 'V': dV, 'b_y': db_y}.",
        ),
        notes=section("Backpropagation"),
        returns=("loss", "grads"),
    ),
]

QUESTIONS = [
    Question(
        name="it_trains",
        text="Your loss falls nicely. What does that say about your gradients?",
        options=("They are right", "They point downhill, more or less", "Nothing at all"),
        answers=(
            "A gradient with its far steps cut off still points downhill. Measure it.",
            "Yes, and no more. Many wrong gradients do. Only a gradient check tells right from wrong.",
            "It says a little: they are not wholly wrong. But that is a low bar.",
        ),
        right=1,
    ),
]
