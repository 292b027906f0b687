"""What `dropout_mask` is judged by."""

import itertools

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, composable, generator

MEASURES = "utils.training.masks"
FORM = "a number for each place, in the shape asked for"
VALUES = "0 or 1 / (1 - p), nothing else"
SHARE = "left out with probability p"
ALONE = "every place is drawn by itself"
NONE = "p = 0 leaves nothing out"
OWN = "leaves its arguments alone, and draws from rng alone"
APART = (
    "call by call",
    *(f"along axis {k}" for k in range(3)),
    "mirrored or moved",
    "same number",
    "same number in every row",
)


@composable
def mask(**mistake):
    """dropout_mask with one thing wrong; each keyword replaces one piece of the right one."""

    def function(rng, shape, p):
        m = mistake
        drawn = m.get("draw", lambda rng, shape: rng.random(shape))(rng, shape)
        kept = m.get("kept", lambda drawn, p: drawn >= p)(drawn, p)
        scale = m.get("scale", lambda p, kept: 1 / (1 - p))(p, kept)
        return m.get("finish", lambda kept, scale, shape: kept * scale)(kept, scale, shape)

    return function


def dropout_mask(rng, shape, p):
    return mask()(rng, shape, p)


def mask_groups(rng: np.random.Generator) -> list[Group]:
    def case(shape: tuple[int, ...], p: float) -> Args:
        return {"rng": generator(rng), "shape": shape, "p": p}

    def measured(name: str, expected: list, **within: float) -> dict:
        return {"measure": f"{MEASURES}:{name}", "expected": expected, **within}

    small, middling = case((3, 4), 0.4), [case((12, 10), p) for p in (0.2, 0.7)]
    deep = case((3, 4, 5), 0.3)
    # 24,000 places: a right share is off by 0.01 with probability 2 exp(-24,000 KL(0.06, 0.05)) =
    # 1e-10 at most (Chernoff), and one of p + 0.02 is as seldom let through
    edges = [case((40, 60), p) for p in (0.05, 0.95)]
    halves = case((7, 9, 21), 0.5)
    return [
        Group(FORM, [small, deep], **measured("form", [np.array(c["shape"]) for c in (small, deep)])),
        Group(VALUES, middling, **measured(
            "both_values", [np.array([0.0, 1 / (1 - c["p"]), 0.0]) for c in middling])),
        Group(SHARE, edges, points=2, times=10, **measured(
            "left_out", [c["p"] for c in edges], rtol=0.0, atol=0.01)),
        Group(ALONE, [halves], times=12, **measured(
            "alone", [dict.fromkeys(APART, 0.0)], rtol=0.0, atol=0.01)),
        Group(NONE, [case((6, 5), 0.0)]),
        Group(OWN, kind="pure"),
    ]  # fmt: skip


_calls = itertools.count()


def _own_generator(rng, shape, p):
    return dropout_mask(np.random.default_rng(next(_calls) % 2), shape, p)


def _broadcast(part):
    """One number for many places: `part` says of which shape they are drawn."""
    return mask(draw=lambda rng, shape: np.broadcast_to(rng.random(part(shape)), shape))


def _mirrored(drawn):
    """The last half of the rows is the first, upside down."""
    half = len(drawn) // 2
    return np.concatenate([drawn[: len(drawn) - half], drawn[:half][::-1]])


def _opposite(drawn):
    half = len(drawn) // 2
    return np.concatenate([drawn[: len(drawn) - half], 1 - drawn[:half]])


def _ranks(drawn):
    return drawn.ravel().argsort().argsort().reshape(drawn.shape)


def _ranks_in_rows(drawn):
    return drawn.argsort(axis=-1).argsort(axis=-1)


WRONG = (
    Wrong("p is the share that stays", mask(kept=lambda d, p: d < p),
          "You keep with probability p. p is the share that is left out; 1 - p stays."),
    Wrong("not scaled", mask(scale=lambda p, kept: 1.0),
          "Your mask is 0 and 1. What is left has to stand in for what is missing: divide by 1 - p, or "
          "the layer above sees smaller sums in training than later."),
    Wrong("divided by p", mask(scale=lambda p, kept: 1 / p if p else 1.0),
          "You divide by p. The share that stays is 1 - p."),
    Wrong("multiplied by 1 - p", mask(scale=lambda p, kept: 1 - p),
          "You multiply by 1 - p, which makes the sums smaller still. Divide by it."),
    Wrong("divided by the root", mask(scale=lambda p, kept: 1 / np.sqrt(1 - p)),
          "You divide by the root of 1 - p. It is the mean that is to stay the same: divide by 1 - p."),
    Wrong("scaled by what was drawn", mask(scale=lambda p, kept: 1 / kept.mean() if kept.any() else 1.0),
          "You divide by the share that happened to stay. Divide by what was meant, 1 - p: it is the "
          "mean over many masks that counts."),
    Wrong("truth values", mask(finish=lambda kept, scale, shape: kept),
          "Your mask is True and False, and not scaled. Numbers are asked for: 0 or 1 / (1 - p)."),
    Wrong("single precision", mask(finish=lambda kept, scale, shape: (kept * scale).astype("f4")),
          "Your mask is float32. Everything in the exercises is float64."),
    Wrong("the random numbers themselves", mask(kept=lambda d, p: np.where(d >= p, d, 0.0)),
          "What stays is multiplied by the random number. It only decides; what stays gets "
          "1 / (1 - p)."),
    Wrong("soft noise", mask(kept=lambda d, p: 1 + p * (d - 0.5), scale=lambda p, kept: 1.0),
          "You multiply by noise around 1. That is another method; here each place is left out or it "
          "is not."),
    Wrong("normal numbers", mask(draw=lambda rng, shape: rng.normal(size=shape),
                                 kept=lambda d, p: (d >= p) | (p == 0)),
          "You compare normal numbers with p. Below p lie other shares of them: draw uniformly, "
          "rng.random."),
    Wrong("one draw a row", _broadcast(lambda shape: (*shape[:-1], 1)),
          "Whole rows are left out. Every place is drawn by itself."),
    Wrong("one draw a column", _broadcast(lambda shape: shape[-1:]),
          "All rows leave out the same units. Every place is drawn by itself."),
    Wrong("one draw for all", _broadcast(lambda shape: ()),
          "All is kept or all is left out. Draw for every place."),
    Wrong("nothing is left out", lambda rng, shape, p: np.ones(shape),
          "Your mask is 1 everywhere. That is right later, when the network is used; this is for "
          "training."),
    Wrong("one row only", lambda rng, shape, p: dropout_mask(rng, shape[-1:], p),
          "Your mask has the last axis alone. It has the shape that is asked for."),
    Wrong("one draw for the first axis", _broadcast(lambda shape: (1, *shape[1:])),
          "Along the first axis all masks are equal: one was drawn and repeated. Every place is drawn by "
          "itself."),
    Wrong("lower half mirrored", mask(draw=lambda rng, shape: _mirrored(rng.random(shape))),
          "The second half of your mask is the mirror image of the first. Draw for every place.",
          costs=ALONE),
    Wrong("rows repeated in pairs", mask(draw=lambda rng, shape: np.repeat(
              rng.random(shape), 2, axis=0)[: shape[0]]),
          "Each row of your mask comes twice. Draw for every place.", costs=ALONE),
    Wrong("opposites in pairs", mask(draw=lambda rng, shape: _opposite(rng.random(shape))),
          "The second half of your mask is made of 1 minus the numbers of the first: what one leaves "
          "out, the other keeps. Draw for every place.", costs=ALONE),
    Wrong("an exact share", mask(kept=lambda d, p: _ranks(d) >= round(p * d.size)),
          "Exactly p of all places are left out, every time (a shuffle?). So one place knows of the "
          "others. Every place is drawn by itself, and their number is another one each time.",
          costs=ALONE),
    Wrong("an exact share of every row", mask(kept=lambda d, p: _ranks_in_rows(d) >= round(
              p * d.shape[-1])),
          "Every row leaves out exactly p of its places. Every place is drawn by itself; some rows lose "
          "more and some less.", costs=ALONE),
    Wrong("p rounded to tenths", mask(kept=lambda d, p: d >= round(p + 1e-9, 1)),
          "p is rounded on the way: your share is off by a few hundredths. Compare with p itself.",
          costs=SHARE),
    Wrong("a little more than p", mask(kept=lambda d, p: d >= (p and p + 0.02)),
          "A few hundredths too many are left out: is p changed, or the random number rounded?",
          costs=SHARE),
    Wrong("own randomness", _own_generator,
          "You draw from a generator of your own. Draw from the rng that is passed in: the same seed "
          "has to give the same run.", costs=OWN),
)  # fmt: skip


EXERCISE = Exercise(
    reference=dropout_mask,
    groups=mask_groups,
    wrong=WRONG,
    hints=(
        "rng.random(shape) gives a number between 0 and 1 for every place. It is below p with "
        "probability p.",
        "A comparison gives True and False. Divided by 1 - p, they become 1 / (1 - p) and 0.",
        "(rng.random(shape) >= p) / (1 - p)",
    ),
)
