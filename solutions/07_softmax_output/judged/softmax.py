"""What `softmax` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, pure, writes_into

from .shared import HOME, softmax
from notes import section


def softmax_groups(rng: np.random.Generator) -> list[Group]:
    def logits(*shape: int, scale: float = 1.0) -> Args:
        return {"z": scale * rng.normal(size=shape)}

    far = [logits(3, 5, scale=500), {"z": np.array([[1000.0, 0, -1000], [-1000, -1000, -1000]])}]
    far.append({"z": np.array([[1000.0, 1000, 999], [-2000, -2001, -2000]])})
    offset = logits(3, 5)
    offset["z"] = offset["z"] + np.array([[0.0], [900.0], [-900.0]])
    return [
        Group("same shape as the logits", [logits(3, 5)], kind="shape"),
        Group("each row is exp of its logits, divided by their sum", [logits(3, 5), logits(3, 5)]),
        Group(
            "over the last axis, however many axes there are",
            [
                logits(*HOME),
                logits(6),
                logits(4, 4),
                logits(1, 7),
                logits(2, 1),
                logits(2, 3, 4, 2),
            ],
            says="Sum and maximum run over axis -1 and keep it (keepdims=True).",
        ),
        Group(
            "calm and exact at logits of ±1000",
            [*far, offset],
            kind="quiet",
            says="exp overflows beyond 709. The answer does not change when a row's largest logit is "
            "subtracted from the whole row first.",
        ),
        Group("unlikely classes keep their digits", [logits(3, 5, scale=60)], rtol=1e-9, atol=0),
        pure("leaves its argument alone"),
    ]


def _naive(z):
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def _one_max_for_all(z):
    e = np.exp(z - z.max())
    return e / e.sum(axis=-1, keepdims=True)


SOFTMAX_WRONG = (
    Wrong(
        "no shift by the maximum",
        _naive,
        "Right for tame logits, but exp(1000) overflows. Subtract each row's largest logit first: "
        "the common factor cancels, and no exponent is above 0.",
        costs="calm and exact at logits of ±1000",
        hints=(
            "Add 1000 to every logit of a row by hand: what happens to the probabilities?",
            "z - z.max(axis=-1, keepdims=True) goes into exp; the rest stays as it is.",
        ),
    ),
    Wrong(
        "one maximum for all rows",
        _one_max_for_all,
        "You subtract the largest logit of the whole array. A row far below it becomes 0 / 0. Each "
        "row needs its own maximum: axis=-1, keepdims=True.",
        costs="calm and exact at logits of ±1000",
    ),
    Wrong(
        "logits clipped",
        lambda z: _naive(np.clip(z, -500, 500)),
        "Clipping the logits avoids the overflow but changes the answer: 1000 and 999 become equal. "
        "Shifting a row changes nothing at all.",
        costs="calm and exact at logits of ±1000",
    ),
    Wrong(
        "over the first axis",
        lambda z: (lambda e: e / e.sum(axis=0, keepdims=True))(np.exp(z - z.max(axis=0))),
        "Your columns sum to 1, not your rows. The classes are the last axis: axis=-1.",
    ),
    Wrong(
        "over the whole array",
        lambda z: (lambda e: e / e.sum())(np.exp(z - z.max())),
        "All your entries together sum to 1. Each row is a distribution of its own: sum over "
        "axis=-1 with keepdims=True.",
    ),
    Wrong(
        "axis 1 fixed",
        lambda z: (lambda e: e / e.sum(axis=1, keepdims=True))(
            np.exp(z - z.max(axis=1, keepdims=True))
        ),
        "You sum over axis 1: right for two axes, but with time in front the classes are axis 2. "
        "axis=-1 is the last one always.",
        costs="over the last axis, however many axes there are",
    ),
    Wrong(
        "without keepdims",
        lambda z: (lambda e: e / e.sum(axis=-1))(np.exp(z - z.max(axis=-1, keepdims=True))),
        "The sums have lost their axis, so NumPy divides columns by them, or cannot divide at all. "
        "keepdims=True keeps them one per row.",
        hints=(
            "Print the shape of the sums, and say aloud how NumPy lines it up with the array.",
            "e / e.sum(axis=-1, keepdims=True).",
        ),
    ),
    Wrong(
        "not normalised",
        lambda z: np.exp(z - z.max(axis=-1, keepdims=True)),
        "You return the exponentials. Divide by each row's sum, so that it adds up to 1.",
    ),
    Wrong(
        "log-softmax",
        lambda z: (lambda s: s - np.log(np.exp(s).sum(axis=-1, keepdims=True)))(
            z - z.max(axis=-1, keepdims=True)
        ),
        "You return the logarithms of the probabilities. That is useful later; here the "
        "probabilities themselves are asked for.",
    ),
    Wrong(
        "sigmoid",
        lambda z: np.where(z >= 0, 1.0, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z))),
        "You apply σ to each logit. Then the entries of a row do not sum to 1: classes that exclude "
        "each other must share one unit of probability.",
    ),
    Wrong(
        "logits divided by their sum",
        lambda z: z / z.sum(axis=-1, keepdims=True),
        "You divide the logits by their sum. Logits may be negative; exp makes them positive first.",
    ),
    Wrong(
        "sign turned",
        lambda z: softmax(-z),
        "The largest logit gets the smallest probability: the sign of the exponent is turned.",
    ),
    Wrong(
        "hard maximum",
        lambda z: (z == z.max(axis=-1, keepdims=True)).astype(float),
        "All probability goes to the largest logit. Softmax is soft: the others keep their share.",
    ),
    Wrong(
        "changes z in place",
        writes_into(softmax, "z"),
        "Your values are right, but `z -= …` shifts the caller's logits. Write `z = z - …`.",
        costs="leaves its argument alone",
    ),
)


EXERCISE = Exercise(
    reference=softmax,
    groups=softmax_groups,
    wrong=SOFTMAX_WRONG,
    hints=(
        "Two steps: make all entries positive with exp, then divide each row by its sum.",
        "Sums over the last axis keep their axis with keepdims=True, so that NumPy divides each "
        "row by its own sum.",
        "Subtract z.max(axis=-1, keepdims=True) from z before the exp.",
    ),
    notes=section("Final Output"),
)
