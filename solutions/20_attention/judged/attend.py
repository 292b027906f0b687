"""What `attend` is judged by."""

import numpy as np

from autograder.authoring import PURE, Exercise, Group, Wrong, composable, pure, writes_into

from .shared import case, forwards


def attend(query, keys, values, mask):
    return forwards(query, keys, values, mask)


HIDDEN = "masked places weigh exactly 0, whatever stands there"
FAR = "calm at scores in the thousands"
VALUES = "the context: the values, weighted"


def attend_groups(rng: np.random.Generator) -> list[Group]:
    home = case(rng, 6, 3, 4)
    whole = [case(rng, 5, 3, 4, share=1), case(rng, 4, 4, 4, share=1)]
    loud = case(rng, 6, 3, 4)
    loud["keys"] = np.where(loud["mask"][:, :, None], loud["keys"], 40 * loud["query"])
    far = case(rng, 5, 3, 4)
    far["query"] = far["query"] * np.array([[9000.0], [3000.0], [1.0]])
    far["keys"][far["mask"].argmax(axis=0), np.arange(3)] = np.sign(far["query"])  # a high score
    alone = case(rng, 4, 3, 4, share=0)
    low = case(rng, 5, 3, 4)  # real places with scores of minus thousands, masked ones near 0
    low["keys"] = -np.sign(low["query"]) * np.abs(low["keys"])
    low["query"] = np.where(low["mask"].any(axis=0)[:, None], 3000 * low["query"], low["query"])
    sizes = [case(rng, *s) for s in ((1, 2, 3), (3, 1, 5), (3, 3, 3), (7, 2, 1), (2, 4, 9))]
    return [
        Group("a context for each example, a weight for each place", [home], kind="shape"),
        Group("the weights: softmax over T of keys · query / √H", whole, parts=("weights",)),
        Group(VALUES, whole, parts=("context",)),
        Group(HIDDEN, [home, loud, alone, low], points=2, atol=0.0,
              says="Give masked places the score -inf before the softmax: exp(-inf) is exactly 0."),
        Group("right for every T, N and H", sizes),
        Group(FAR, [far], kind="quiet",
              says="Subtract each example's largest score first, as in unit 07."),
        pure(),
    ]  # fmt: skip


@composable
def mistaken(**mistake):
    """attend with one thing wrong; each keyword replaces one piece of the right one."""

    def function(query, keys, values, mask):
        m = mistake
        T, _, H = keys.shape
        scores = m.get("score", lambda k, q: (k * q).sum(axis=2))(keys, query)
        scores = scores * m.get("scale", lambda H, T: 1 / np.sqrt(H))(H, T)
        hidden = m.get("hide", lambda s, mask: np.where(mask, s, -np.inf))(scores, mask)
        weights = m.get("softmax", _softmax)(hidden)
        weights = m.get("after", lambda w, mask: w)(weights, mask)
        mean = m.get("mean", lambda w, v, k: (w[:, :, None] * v).sum(axis=0))
        return m.get("finish", lambda c, w: (c, w))(mean(weights, values, keys), weights)

    return function


def _softmax(scores, axis=0):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _naive(scores):
    e = np.exp(scores)
    return e / e.sum(axis=0)


def _one_highest(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum(axis=0)


def _cosine(keys, query):
    sizes = np.sqrt((keys**2).sum(axis=2)) * np.sqrt((query**2).sum(axis=1))
    return (keys * query).sum(axis=2) / sizes


def _hard(weights, values, keys):
    at = weights.argmax(axis=0)
    return values[at, np.arange(len(at))]


WRONG = (
    Wrong("not scaled", mistaken(scale=lambda H, T: 1.0),
          "The scores are not divided by √H. A sum of H products grows with H, and the softmax of "
          "large scores is nearly 0 or 1 and hardly learns."),
    Wrong("divided by H", mistaken(scale=lambda H, T: 1 / H),
          "The scores are divided by H; it is √H. The products partly cancel, so their sum grows like "
          "the root."),
    Wrong("multiplied by √H", mistaken(scale=lambda H, T: np.sqrt(H)),
          "The scores are multiplied by √H. They are divided by it."),
    Wrong("divided by √T", mistaken(scale=lambda H, T: 1 / np.sqrt(T)),
          "The scores are divided by √T. What grows is the sum over the H units: divide by √H."),
    Wrong("cosine instead of the product", mistaken(score=_cosine),
          "You divide by the lengths of query and key: that is the cosine. Here a long key may count "
          "more; the plain dot product is asked for, divided by √H."),
    Wrong("distance instead of the product",
          mistaken(score=lambda k, q: -((k - q) ** 2).sum(axis=2)),
          "Your scores are distances between query and key. It is their dot product, divided by √H."),
    Wrong("mask ignored", mistaken(hide=lambda s, mask: s),
          "The mask has no effect: padding gets weight. Set the masked scores to -inf before the "
          "softmax."),
    Wrong("mask turned round", mistaken(hide=lambda s, mask: np.where(
              mask & ~mask.all(axis=0), -np.inf, s)),
          "The mask is the wrong way round: True means that there is something."),
    Wrong("masked scores set to 0", mistaken(hide=lambda s, mask: s * mask),
          "Masked scores are 0, but exp(0) is 1: those places still get weight. The score of nothing "
          "is -inf."),
    Wrong("masked scores set to -20", mistaken(hide=lambda s, mask: np.where(mask, s, -20.0)),
          "Masked scores are a number that is not far enough below the others, so a little weight "
          "leaks out. -inf gives exactly 0."),
    Wrong("masked after the softmax", mistaken(hide=lambda s, mask: s, after=lambda w, m: w * m),
          "You set weights to 0 after the softmax, so the others no longer add up to 1. Mask the "
          "scores before it."),
    Wrong("softmax over the batch", mistaken(softmax=lambda s: _softmax(
              np.where(np.isinf(s), -1e9, s), axis=1)),
          "The softmax runs over the examples. Those of one batch have nothing to do with each other: "
          "the weights of one example add up to 1 over T, axis 0."),
    Wrong("one softmax for everything", mistaken(softmax=lambda s: _softmax(s, axis=(0, 1))),
          "All weights of the batch together add up to 1. They do for each example: axis 0 alone."),
    Wrong("no softmax", mistaken(softmax=lambda s: np.where(np.isinf(s), 0, s)),
          "You weigh with the scores themselves, which can be negative and add up to anything. They "
          "go through a softmax."),
    Wrong("not normalised", mistaken(softmax=lambda s: np.exp(s - s.max(axis=0))),
          "Your weights do not add up to 1: divide by their sum over T."),
    Wrong("softmax twice", mistaken(softmax=lambda s: _softmax(
              np.where(np.isinf(s), -np.inf, _softmax(s)))),
          "softmax is applied twice, and the weights come out nearly equal. Once is enough."),
    Wrong("sigmoid instead of softmax", mistaken(softmax=lambda s: 1 / (1 + np.exp(
              np.clip(-s, -700, 700)))),
          "Each weight is a sigmoid, as if it were a gate. Here the places compete: softmax over T."),
    Wrong("context from the keys", mistaken(mean=lambda w, v, k: (w[:, :, None] * k).sum(axis=0)),
          "You average the keys. The keys say where to look; what is found there are the values.",
          ),
    Wrong("plain mean of the values", mistaken(mean=lambda w, v, k: v.mean(axis=0)),
          "Your context is the plain mean of all values. Weigh them with your weights."),
    Wrong("only the likeliest place", mistaken(mean=_hard),
          "You take the value of the place with the largest weight. That has no slope to learn from: "
          "the context is the weighted sum of all."),
    Wrong("mean instead of sum", mistaken(mean=lambda w, v, k: (w[:, :, None] * v).mean(axis=0)),
          "The weighted values are averaged, so the context is T times too small. The weights add up "
          "to 1 already: sum."),
    Wrong("not summed over T", mistaken(mean=lambda w, v, k: w[:, :, None] * v),
          "Your context still has the axis T. Add the weighted values up over it: sum(axis=0)."),
    Wrong("keys and values exchanged", lambda query, keys, values, mask: forwards(
              query, values, keys, mask),
          "Keys and values have changed places: the query is compared with the keys, and the values "
          "are what is averaged."),
    Wrong("returned in the wrong order", mistaken(finish=lambda c, w: (w, c)),
          "You return the weights first. The order is context, weights."),
    Wrong("weights transposed", mistaken(finish=lambda c, w: (c, w.T.copy())),
          "Your weights are (N, T). Time comes first everywhere in this course: (T, N)."),
    Wrong("only the context", mistaken(finish=lambda c, w: c),
          "You return the context alone. The weights are asked for as well: context, weights."),
    Wrong("exp overflows", mistaken(softmax=_naive),
          "Right for tame scores, but exp(1000) overflows. Subtract each example's largest score "
          "first.", costs=FAR),
    Wrong("one maximum for the whole batch", mistaken(softmax=_one_highest),
          "You subtract the largest score of the whole batch. An example whose scores are all far "
          "below it becomes 0 / 0. Each has its own: max(axis=0).", costs=FAR),
    Wrong("overwrites the keys", writes_into(attend, "keys"),
          "Your values are right, but the keys are other ones after the call. Make new arrays.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=attend,
    groups=attend_groups,
    wrong=WRONG,
    hints=(
        "Broadcasting does the pairing: keys * query is (T, N, H) times (N, H). Sum over the last "
        "axis and you have a score for each place, (T, N).",
        "np.where(mask, scores, -np.inf), then a softmax over axis 0. Subtract scores.max(axis=0) "
        "before the exp.",
        "context = (weights[:, :, None] * values).sum(axis=0): one weight for all H numbers of a "
        "value.",
    ),
    returns=("context", "weights"),
)
