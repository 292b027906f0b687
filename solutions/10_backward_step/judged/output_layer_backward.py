"""What `output_layer_backward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

import lstm
from .shared import normal
from lstm import complex_step, softmax
from notes import section


def output_layer_backward(logits, targets, h, V):
    return lstm.output_layer_backward(logits, targets, h, V)


def true_output_layer(logits, targets, h, V):
    """By the complex step, from the loss: logits = h V + b_y fixes what b_y must have been."""
    b_y = logits - h @ V  # constant over time and batch where the arguments belong together
    gradient = complex_step(
        lambda a: lstm.cross_entropy(a["h"] @ a["V"] + a["b_y"] + (b_y - b_y[0, 0]), targets),
        {"h": h, "V": V, "b_y": b_y[0, 0]},
    )
    return gradient["h"], gradient["V"], gradient["b_y"]


def output_groups(rng: np.random.Generator) -> list[Group]:
    def problem(T: int, N: int, H: int, K: int, scale: float = 1.0) -> Args:
        h, V = rng.uniform(-1, 1, size=(T, N, H)), scale * normal(rng, H, K)
        targets = rng.integers(K, size=(T, N))
        return {"logits": h @ V + normal(rng, K), "targets": targets, "h": h, "V": V}

    home = problem(4, 3, 5, 6)
    sizes = [problem(*s) for s in ((1, 2, 3, 4), (3, 1, 2, 5), (3, 3, 3, 3), (2, 4, 1, 2))]
    far = problem(4, 3, 5, 6, scale=3000)
    return [
        Group("three gradients, shaped like h, V and b_y", [home], kind="shape"),
        Group("dh: what the hidden states get", [home], parts=("dh",), by_norm=True),
        Group("dV: summed over time and batch", [home], parts=("dV",), by_norm=True),
        Group("db_y: summed over time and batch", [home], parts=("db_y",), by_norm=True),
        Group("right for every T, N, H and K", [home, *sizes], by_norm=True),
        Group("calm at logits in the hundreds", [far], kind="quiet", by_norm=True, atol=1e-9),
        pure(),
    ]


def _from_logits(change):
    """The output layer's gradients from a changed gradient of the logits."""

    def function(logits, targets, h, V):
        p = softmax(logits)
        one_hot = np.eye(logits.shape[-1])[targets]
        d = change(p, one_hot, targets)
        return d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))

    return function


def _changed_output(change):
    def function(logits, targets, h, V):
        dh, dV, db = lstm.output_layer_backward(logits, targets, h, V)
        return change(dh, dV, db, h, V)

    return function


def _untransposed(logits, targets, h, V):
    d = (softmax(logits) - np.eye(logits.shape[-1])[targets]) / targets.shape[1]
    return d @ V, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))


def _naive_output(logits, targets, h, V):
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    d = (p - np.eye(logits.shape[-1])[targets]) / targets.shape[1]
    return d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))


OUTPUT_WRONG = (
    Wrong("target not subtracted", _from_logits(lambda p, y, t: p / t.shape[1]),
          "You pass the probabilities back as they are. The gradient of the logits is "
          "p - 1 at the target's class and p elsewhere."),
    Wrong("sign turned", _from_logits(lambda p, y, t: (y - p) / t.shape[1]),
          "The sign is turned: it is probability minus target, not target minus probability."),
    Wrong("not divided by N", _from_logits(lambda p, y, t: p - y),
          "N times too large: the loss is averaged over the batch, so each example's share is 1/N."),
    Wrong("divided by T", _from_logits(lambda p, y, t: (p - y) / len(t)),
          "You divide by T. The loss is summed over time and averaged over the batch: divide by N."),
    Wrong("divided by T and N", _from_logits(lambda p, y, t: (p - y) / t.size),
          "T times too small: you average over time as well. The loss is summed over time."),
    Wrong("softmax's slope applied again",
          _from_logits(lambda p, y, t: (p - y) * p * (1 - p) / t.shape[1]),
          "You multiply p - y by the softmax's slope again. p - y is already the gradient of the "
          "logits: that slope is in it."),
    Wrong("softmax's Jacobian applied again",
          _from_logits(lambda p, y, t: (lambda d: p * (d - (p * d).sum(-1, keepdims=True)))(
              (p - y) / t.shape[1])),
          "You send p - y through the softmax's Jacobian. p - y is already the gradient of the "
          "logits: the Jacobian is in it, together with the logarithm."),
    Wrong("gradient of the probabilities",
          _from_logits(lambda p, y, t: -y / np.maximum(p, 1e-300) / t.shape[1]),
          "You pass back -1/p, the gradient of the probability. It has to go through the softmax; "
          "together they give p - 1 at the target and p elsewhere."),
    Wrong("logits instead of probabilities", lambda logits, targets, h, V: (
              lambda d: (d @ V.T, np.einsum("tnh,tnk->hk", h, d), d.sum(axis=(0, 1))))(
              (logits - np.eye(logits.shape[-1])[targets]) / targets.shape[1]),
          "You subtract the target from the logits. Take their softmax first."),
    Wrong("V not transposed", _untransposed,
          "dh uses V where its transpose belongs, dh = d V^T: the shapes fit only where H = K."),
    Wrong("dV averaged over time", _changed_output(
              lambda dh, dV, db, h, V: (dh, dV / len(h), db)),
          "dV is averaged over time. The same V is used at every step, so its gradients add up.",
          costs="dV: summed over time and batch"),
    Wrong("db_y averaged", _changed_output(
              lambda dh, dV, db, h, V: (dh, dV, db / (h.shape[0] * h.shape[1]))),
          "db_y is averaged over time and batch. The bias is added to every row, so it gets the sum "
          "of all rows.", costs="db_y: summed over time and batch"),
    Wrong("only the last step", _changed_output(
              lambda dh, dV, db, h, V: (dh * (np.arange(len(h)) == len(h) - 1)[:, None, None], dV,
                                        db)),
          "dh is zero but for the last step. Every step has a loss of its own.",
          costs="dh: what the hidden states get"),
    Wrong("dV from the states before", lambda logits, targets, h, V: lstm.output_layer_backward(
              logits, targets, np.concatenate([np.zeros_like(h[:1]), h[:-1]]), V),
          "dV pairs each step's logits with the hidden state of the step before. The logits of step "
          "t are h[t] V + b_y.", costs="dV: summed over time and batch"),
    Wrong("dV transposed", _changed_output(lambda dh, dV, db, h, V: (dh, dV.T.copy(), db)),
          "dV is transposed: it has V's shape, (H, K)."),
    Wrong("softmax without shift", _naive_output,
          "Right for tame logits, but exp overflows for large ones. Use the softmax of unit 07.",
          costs="calm at logits in the hundreds"),
    Wrong("changes the logits in place", writes_into(output_layer_backward, "logits"),
          "Your values are right, but the logits are overwritten by their probabilities.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=output_layer_backward,
    closed=("numerical_gradient",),
    truth=true_output_layer,
    groups=output_groups,
    wrong=OUTPUT_WRONG,
    hints=(
        "Everything starts with the gradient of the logits: softmax(logits), minus 1 at the "
        "target's class, divided by N.",
        "Call it d, of shape (T, N, K). Forwards: logits = h V + b_y. So dh = d V^T.",
        "dV adds h^T d over all steps and examples: np.einsum('tnh,tnk->hk', h, d), or reshape h "
        "and d to (T N, …) first. db_y = d.sum(axis=(0, 1)).",
    ),
    notes=section("Backpropagation"),
    returns=("dh", "dV", "db_y"),
)
