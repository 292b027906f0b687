"""What `regression_head` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, pure

from notes import section


def regression_head(h, V, b_y):
    return h @ V + b_y


BIAS, MANY = "the bias b_y shifts it", "right for one step and for whole sequences"


def head_groups(rng: np.random.Generator) -> list[Group]:
    def case(*shape: int, H: int = 4, K: int = 2, b: float = 1.0) -> Args:
        return {
            "h": rng.uniform(-1, 1, size=(*shape, H)),
            "V": 2 * rng.normal(size=(H, K)),
            "b_y": b * rng.normal(size=K),
        }

    return [
        Group("one row per example, one column per output", [case(3)], kind="shape"),
        Group("h reaches the output through V", [case(3, b=0), case(5, b=0)]),
        Group(BIAS, [case(3), case(4, H=3, K=3)]),
        Group(MANY, [case(6, 3), case(1, 1, K=1), case(5, H=1, K=3), case(2, 2, H=2, K=2)]),
        pure(),
    ]


HEAD_WRONG = (
    Wrong("tanh of the output", lambda h, V, b: np.tanh(h @ V + b),
          "You put the output through tanh: no forecast could leave (-1, 1). A number of any size is "
          "asked for, so the last map stays linear."),
    Wrong("sigmoid of the output", lambda h, V, b: 1 / (1 + np.exp(-(h @ V + b))),
          "You put the output through σ: every forecast would lie between 0 and 1. The last map stays "
          "linear."),
    Wrong("softmax of the output", lambda h, V, b: (lambda e: e / e.sum(axis=-1, keepdims=True))(
              np.exp(h @ V + b)),
          "You use softmax, as for classes: with one output it is always exactly 1. A number is asked "
          "for, so nothing follows the linear map."),
    Wrong("negative values cut off", lambda h, V, b: np.maximum(h @ V + b, 0),
          "You cut negative values off. Sunspots are never negative, but standardised ones are, half "
          "of the time."),
    Wrong("bias missing", lambda h, V, b: h @ V, "The bias b_y is missing: h V + b_y.", costs=BIAS),
    Wrong("bias subtracted", lambda h, V, b: h @ V - b, "The bias b_y is subtracted; it is added.",
          costs=BIAS),
    Wrong("bias doubled", lambda h, V, b: h @ V + 2 * b, "The bias b_y is added twice.", costs=BIAS),
    Wrong("bias times V", lambda h, V, b: (h + b.mean()) @ V,
          "The bias is added before the product with V. It is added last, one number for each output."),
    Wrong("tanh of h", lambda h, V, b: np.tanh(h) @ V + b,
          "You take tanh of h. h is o ⊙ tanh(c) already: use it as it is."),
    Wrong("V transposed", lambda h, V, b: h @ V.T + b,
          "V is transposed: its shape is (H, K), so the product is h @ V."),
    Wrong("averaged over the batch", lambda h, V, b: np.broadcast_to(
              (h @ V + b).mean(axis=0), (*h.shape[:-1], V.shape[1])).copy(),
          "All rows are equal: the batch was averaged. Each example has a forecast of its own."),
    Wrong("only the last step", lambda h, V, b: (h[-1] if h.ndim == 3 else h) @ V + b,
          "Of a sequence you use the last step alone. Give an output for every step that is passed in: "
          "who wants the last one passes h[-1].", costs=MANY),
    Wrong("scaled by the units", lambda h, V, b: h @ V / V.shape[0] + b,
          "The sum over the units is divided by H. It is a plain product: h @ V."),
)  # fmt: skip


EXERCISE = Exercise(
    reference=regression_head,
    groups=head_groups,
    wrong=HEAD_WRONG,
    hints=(
        "Take the output layer of unit 07 and leave the softmax out.",
        "A linear map and a bias: h @ V + b_y.",
    ),
    notes=section("Final Output"),
)
