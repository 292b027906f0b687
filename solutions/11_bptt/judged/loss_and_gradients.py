"""What `loss_and_gradients` is judged by."""

import itertools

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure

import lstm
from .shared import through_time
from lstm import CELL, complex_step, forward, random_params, softmax
from notes import section


def loss_and_gradients(params, x, targets, h0, c0):
    h, _, caches = forward(x, h0, c0, params)
    logits = h @ params["V"] + params["b_y"]
    dh, dV, db_y = lstm.output_layer_backward(logits, targets, h, params["V"])
    *_, grads = lstm.backward(dh, caches, params)
    return float(lstm.cross_entropy(logits, targets)), {**grads, "V": dV, "b_y": db_y}


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
        pure(),
    ]


@composable
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
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=loss_and_gradients,
    closed=("numerical_gradient",),
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
)
