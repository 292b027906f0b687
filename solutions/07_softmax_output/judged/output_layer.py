"""What `output_layer` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from .shared import softmax
from notes import section


def output_layer(h, V, b_y):
    return softmax(h @ V + b_y)


def _layer(rng: np.random.Generator, T: int, N: int, H: int, K: int, only: str = "") -> Args:
    args = {
        "h": rng.uniform(-1, 1, size=(T, N, H)),
        "V": rng.normal(size=(H, K)),
        "b_y": rng.normal(size=K),
    }
    if only:
        args["b_y" if only == "h" else "h"] *= 0
    return args


def output_groups(rng: np.random.Generator) -> list[Group]:
    home = (4, 3, 6, 5)
    one_step = _layer(rng, *home)
    one_step["h"] = one_step["h"][0]
    sizes = [(1, 2, 3, 4), (3, 1, 2, 6), (4, 4, 4, 4), (2, 5, 1, 2)]
    far = _layer(rng, *home)
    far["V"] = far["V"] * 400
    return [
        Group(
            "one distribution over K classes for every row of h", [_layer(rng, *home)], kind="shape"
        ),
        Group("h reaches the logits through V", [_layer(rng, *home, "h") for _ in range(2)]),
        Group("the bias b_y shifts them", [_layer(rng, *home, "b_y") for _ in range(2)]),
        Group(
            "right for every T, N, H and K, and for one step (N, H)",
            [one_step, _layer(rng, *home), *(_layer(rng, *s) for s in sizes)],
            says="`h @ V` works for (N, H) and (T, N, H) alike. Take no size for granted.",
        ),
        Group("calm at logits in the hundreds", [far], kind="quiet"),
        pure(),
    ]


H_CHECK, B_CHECK = "h reaches the logits through V", "the bias b_y shifts them"


OUTPUT_WRONG = (
    Wrong(
        "no softmax",
        lambda h, V, b_y: h @ V + b_y,
        "You return the logits. One step is missing: softmax of them.",
    ),
    Wrong(
        "bias missing",
        lambda h, V, b_y: softmax(h @ V),
        "The bias b_y is missing. The notes leave it out as well; this course has it, because without "
        "it the network cannot even say that some classes are more common than others.",
        costs=B_CHECK,
    ),
    Wrong(
        "bias doubled",
        lambda h, V, b_y: softmax(h @ V + 2 * b_y),
        "The bias b_y is added twice.",
        costs=B_CHECK,
    ),
    Wrong(
        "bias after the softmax",
        lambda h, V, b_y: softmax(h @ V) + b_y,
        "The bias is added to the probabilities. It belongs to the logits, before the softmax.",
        costs=B_CHECK,
    ),
    Wrong(
        "hidden state ignored",
        lambda h, V, b_y: softmax(np.zeros_like(h @ V) + b_y),
        "The hidden state does not reach the output: the term h @ V is missing.",
        costs=H_CHECK,
    ),
    Wrong(
        "sigmoid",
        lambda h, V, b_y: 1 / (1 + np.exp(-np.clip(h @ V + b_y, -700, 700))),
        "You use σ for the output. The classes exclude each other, so their probabilities must sum "
        "to 1: softmax.",
    ),
    Wrong(
        "tanh",
        lambda h, V, b_y: np.tanh(h @ V + b_y),
        "You use tanh for the output. Probabilities are positive and sum to 1: softmax.",
    ),
    Wrong(
        "tanh of h",
        lambda h, V, b_y: softmax(np.tanh(h) @ V + b_y),
        "You take tanh of h. The hidden state has been through its tanh already.",
        costs=H_CHECK,
    ),
    Wrong(
        "softmax of h",
        lambda h, V, b_y: softmax(h) @ V + b_y,
        "You take the softmax of h and map that. First the linear map, then the softmax.",
    ),
    Wrong(
        "V transposed",
        lambda h, V, b_y: softmax(h @ V.T + b_y),
        "V is transposed: the shapes fit only where H = K. V has shape (H, K), so h @ V.",
    ),
    Wrong(
        "softmax over the batch",
        lambda h, V, b_y: (lambda e: e / e.sum(axis=-2, keepdims=True))(
            np.exp((h @ V + b_y) - (h @ V + b_y).max(axis=-2, keepdims=True))
        ),
        "Your probabilities sum to 1 over the examples. They must sum to 1 over the classes, the "
        "last axis.",
    ),
    Wrong(
        "softmax twice",
        lambda h, V, b_y: softmax(softmax(h @ V + b_y)),
        "The softmax is applied twice, which flattens every distribution.",
    ),
    Wrong(
        "changes V in place",
        writes_into(output_layer, "V"),
        "Your values are right, but V is another array after the call.",
        costs=PURE,
    ),
)


EXERCISE = Exercise(
    reference=output_layer,
    groups=output_groups,
    wrong=OUTPUT_WRONG,
    hints=(
        "The same linear map as in a gate, but from H units to K classes.",
        "h @ V works on the last axis of h, whatever stands in front of it.",
        "softmax(h @ V + b_y).",
    ),
    notes=section("Final Output"),
)
