"""What `lstm_backward` is judged by."""

import itertools

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong

import lstm
from .shared import through_time
from lstm import GATES, complex_step, forward, random_params, step_backward
from notes import section


def lstm_backward(dh, caches, params):
    return lstm.backward(dh, caches, params)


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


DX, DH0, DC0 = "dx for every step", "dh0", "dc0"


SIZES = "right for every T, N, D and H"


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
        Group(SIZES, sizes, **exact),
        Group("leaves its arguments alone, and nothing over for the next call", kind="pure"),
    ]  # fmt: skip


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
          "Every step has the dx of step 0. Store dx[t] inside the loop.", costs=(DX, SIZES)),
    Wrong("dx backwards", through_time(finish=lambda dx, dh0, dc0, g: (
              dx[::-1].copy(), dh0, dc0, g)),
          "dx runs backwards in time: appended in the order of the loop and not turned round. dx[t] "
          "belongs to x[t].", costs=(DX, SIZES)),
    Wrong("dx summed over time", through_time(finish=lambda dx, dh0, dc0, g: (
              dx.sum(axis=0), dh0, dc0, g)),
          "dx is summed over time. Every step has an input of its own: shape (T, N, D)."),
    Wrong("dh0 is zero", through_time(finish=lambda dx, dh0, dc0, g: (
              dx, np.zeros_like(dh0), dc0, g)),
          "dh0 is zero. It is what step 0 hands back: its dh_prev.", costs=(DH0, SIZES)),
    Wrong("dh0 is dh[0]", lambda dh, caches, params: (
              lambda r: (r[0], dh[0].copy(), r[2], r[3]))(lstm.backward(dh, caches, params)),
          "dh0 is dh[0]. dh[0] arrives at the state after step 0; dh0 is what that step hands back, "
          "its dh_prev.", costs=(DH0, SIZES)),
    Wrong("dc0 is zero", through_time(finish=lambda dx, dh0, dc0, g: (
              dx, dh0, np.zeros_like(dc0), g)),
          "dc0 is zero. It is what step 0 hands back along the cell state: its dc_prev.", costs=(DC0, SIZES)),
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


EXERCISE = Exercise(
    reference=lstm_backward,
    closed=("numerical_gradient",),
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
)
