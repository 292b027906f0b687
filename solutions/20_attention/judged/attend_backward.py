"""What `attend_backward` is judged by."""

import itertools

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

from .shared import case, forwards
from lstm import complex_step
from notes import section


@composable
def mistaken(**mistake):
    """attend_backward with one thing wrong; each keyword replaces one piece of the right one."""

    def function(dcontext, cache):
        m = mistake
        query, keys, values, weights = (cache[n] for n in ("query", "keys", "values", "weights"))
        a = m.get("weights", lambda a, cache: a)(weights, cache)
        H = query.shape[1]
        dvalues = m.get("dvalues", lambda a, d, v: a[:, :, None] * d)(a, dcontext, values)
        da = (m.get("through", lambda v, k: v)(values, keys) * dcontext).sum(axis=2)
        ds = m.get("softmax", lambda a, da: a * (da - (a * da).sum(axis=0)))(a, da)
        root = m.get("scale", lambda H: 1 / np.sqrt(H))(H)
        root = root if isinstance(root, tuple) else (root, root)
        ds_q, ds_k = (ds[:, :, None] * r for r in root)
        dquery = m.get("dquery", lambda ds, q, k, v: (ds * k).sum(axis=0))(
            ds_q, query, keys, values
        )
        dkeys = m.get("dkeys", lambda ds, q, k, v: ds * q)(ds_k, query, keys, values)
        return m.get("finish", lambda q, k, v: (q, k, v))(dquery, dkeys, dvalues)

    return function


def attend_backward(dcontext, cache):
    return mistaken()(dcontext, cache)


def true_gradients(dcontext, cache):
    """By the complex step, on the way forwards alone."""
    inputs = {name: cache[name] for name in ("query", "keys", "values")}
    gradient = complex_step(
        lambda a: (dcontext * forwards(a["query"], a["keys"], a["values"], cache["mask"])[0]).sum(),
        inputs,
    )
    return gradient["query"], gradient["keys"], gradient["values"]


DQUERY = "dquery: what the question gets, from all places"
DKEYS = "dkeys: what each key gets"
DVALUES = "dvalues: what each value gets"
HIDDEN = "masked places get no gradient"


def backward_groups(rng: np.random.Generator) -> list[Group]:
    def problem(*size: float) -> Args:
        """Of one place alone the gradient of the query is 0, and what is measured only rounding."""
        cache = case(rng, *size)
        while (cache["mask"].sum(axis=0) < 2).any():
            cache = case(rng, *size)
        _, weights = forwards(**cache)
        return {
            "dcontext": rng.normal(size=cache["query"].shape),
            "cache": cache | {"weights": weights},
        }

    whole = [problem(5, 3, 4, 1), problem(4, 4, 4, 1)]
    hidden = problem(6, 3, 4)
    sizes = [problem(*s) for s in ((2, 2, 3, 1), (3, 1, 5), (3, 3, 3), (7, 2, 1), (2, 4, 9, 1))]
    exact = {"by_norm": True}
    return [
        Group("three gradients, shaped like query, keys and values", whole[:1], kind="shape"),
        Group(DVALUES, whole, parts=("dvalues",), **exact),
        Group(DKEYS, whole, points=2, parts=("dkeys",), **exact),
        Group(DQUERY, whole, points=2, parts=("dquery",), **exact),
        Group(HIDDEN, [hidden], **exact),
        Group("right for every T, N and H", sizes, **exact),
        pure(),
    ]


def _unmasked(weights, cache):
    return forwards(cache["query"], cache["keys"], cache["values"], np.ones_like(cache["mask"]))[1]


_calls = itertools.count()


def _keeps(dcontext, cache):
    again = 1 + next(_calls) % 2
    return tuple(again * gradient for gradient in attend_backward(dcontext, cache))


def _in_place(dcontext, cache):
    result = attend_backward(dcontext, cache)
    cache["weights"] *= 0.5
    return result


WRONG = (
    Wrong("not scaled", mistaken(scale=lambda H: 1.0),
          "dquery and dkeys are √H times too large: the scores were divided by √H, so their gradient "
          "is too."),
    Wrong("divided by H", mistaken(scale=lambda H: 1 / H),
          "dquery and dkeys are divided by H, perhaps by √H twice. The scores were divided by √H, "
          "once."),
    Wrong("multiplied by √H", mistaken(scale=lambda H: np.sqrt(H)),
          "The gradient of the scores is multiplied by √H. Forwards they were divided by it, and "
          "backwards the same factor comes in: divide."),
    Wrong("only dkeys scaled", mistaken(scale=lambda H: (1.0, 1 / np.sqrt(H))),
          "dquery misses the 1/√H that dkeys has. Scale the gradient of the scores once, for both.",
          costs=DQUERY),
    Wrong("only dquery scaled", mistaken(scale=lambda H: (1 / np.sqrt(H), 1.0)),
          "dkeys misses the 1/√H that dquery has. Scale the gradient of the scores once, for both.",
          costs=DKEYS),
    Wrong("softmax left out", mistaken(softmax=lambda a, da: da),
          "The gradient of the weights is used for the scores as it is. It has to go back through the "
          "softmax: a * (da - sum of a * da)."),
    Wrong("softmax as if each weight stood alone", mistaken(softmax=lambda a, da: a * (1 - a) * da),
          "You use a (1 - a), the slope of a sigmoid. In a softmax every weight depends on every "
          "score: a * (da - sum of a * da)."),
    Wrong("nothing subtracted", mistaken(softmax=lambda a, da: a * da),
          "a * da is half of the softmax's gradient. The weights add up to 1, so raising one lowers "
          "the others: subtract the sum of a * da first."),
    Wrong("plain sum subtracted", mistaken(softmax=lambda a, da: a * (da - da.sum(axis=0))),
          "You subtract the plain sum of da. It is weighted: the sum of a * da."),
    Wrong("plain mean subtracted", mistaken(softmax=lambda a, da: a * (da - da.mean(axis=0))),
          "You subtract the plain mean of da. It is the mean under the weights: the sum of a * da."),
    Wrong("summed over the batch",
          mistaken(softmax=lambda a, da: a * (da - (a * da).sum(axis=1, keepdims=True))),
          "In the softmax you sum over the examples. Each example has a softmax of its own, over T: "
          "axis 0."),
    Wrong("not multiplied by the weights", mistaken(
              softmax=lambda a, da: da - (a * da).sum(axis=0)),
          "da minus its weighted mean still has to be multiplied by the weights: a place that was "
          "hardly looked at hardly counts."),
    Wrong("sign turned in the softmax", mistaken(
              softmax=lambda a, da: a * ((a * da).sum(axis=0) - da)),
          "The sign is turned: it is da minus its weighted mean."),
    Wrong("weights' gradient from the keys", mistaken(through=lambda v, k: k),
          "The gradient of the weights uses the keys. The weights multiplied the values: "
          "da = (values * dcontext).sum(axis=2)."),
    Wrong("dvalues without weights",
          mistaken(dvalues=lambda a, d, v: np.broadcast_to(d, v.shape).copy()),
          "Every value gets the whole dcontext. Forwards it was multiplied by its weight, so backwards "
          "it is too.", costs=DVALUES),
    Wrong("dvalues shared evenly", mistaken(dvalues=lambda a, d, v: np.repeat(d[None], len(v), 0) / len(v)),
          "Every value gets the same share of dcontext. Its share is its weight.", costs=DVALUES),
    Wrong("values in dvalues", mistaken(dvalues=lambda a, d, v: a[:, :, None] * d * v),
          "dvalues is multiplied by the values. context = sum of a * values: the slope for a value is "
          "its weight a.", costs=DVALUES),
    Wrong("dquery from the query", mistaken(
              dquery=lambda ds, q, k, v: 0 * q),  # (ds * q).sum(axis=0), and the ds of all places add up to 0
          "dquery uses the query, and comes out as nearly 0. The score is keys · query, so what multiplies "
          "the gradient are the keys.", costs=DQUERY),
    Wrong("dquery from the values", mistaken(
              dquery=lambda ds, q, k, v: (ds * v).sum(axis=0)),
          "dquery uses the values. The query was compared with the keys.", costs=DQUERY),
    Wrong("dquery averaged", mistaken(dquery=lambda ds, q, k, v: (ds * k).mean(axis=0)),
          "dquery is averaged over T. The same query was used at every place, so its gradients add "
          "up.", costs=DQUERY),
    Wrong("dquery not summed", mistaken(dquery=lambda ds, q, k, v: ds * k),
          "dquery still has the axis T. The same query was used at every place: add up."),
    Wrong("dkeys from the keys", mistaken(dkeys=lambda ds, q, k, v: ds * k),
          "dkeys uses the keys. The score is keys · query: the slope for a key is the query.",
          costs=DKEYS),
    Wrong("dkeys also gets what the values get", mistaken(finish=lambda q, k, v: (q, k + v, v)),
          "dvalues is added to dkeys. Where keys and values are one array, the caller adds; here they "
          "are two.", costs=DKEYS),
    Wrong("dkeys and dvalues exchanged", mistaken(finish=lambda q, k, v: (q, v, k)),
          "dkeys and dvalues have changed places. The order is dquery, dkeys, dvalues."),
    Wrong("divided by N", mistaken(finish=lambda q, k, v: (q / len(q), k / len(q), v / len(q))),
          "All gradients are divided by N. The loss's 1/N is in dcontext already."),
    Wrong("mask forgotten", mistaken(weights=_unmasked),
          "You compute the weights anew and forget the mask. The cache has them.", costs=HIDDEN),
    Wrong("kept between calls", _keeps,
          "Your gradients grow from call to call: they are added to what an earlier call left."),
    Wrong("changes the weights in the cache", _in_place,
          "Your values are right, but the weights in the cache are other ones after the call.",
          costs=PURE),
    Wrong("overwrites dcontext", writes_into(attend_backward, "dcontext"),
          "Your values are right, but dcontext is another array after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=attend_backward,
    closed=("numerical_gradient",),
    truth=true_gradients,
    groups=backward_groups,
    wrong=WRONG,
    hints=(
        "Three stations, walked backwards: the weighted sum, the softmax, the dot product. Write a "
        "for the weights and da for their gradient.",
        "context = sum of a * values. So dvalues = a[:, :, None] * dcontext, and "
        "da = (values * dcontext).sum(axis=2).",
        "Softmax: ds = a * (da - (a * da).sum(axis=0)). Divide ds by √H; then dkeys = ds * query and "
        "dquery = (ds * keys).sum(axis=0), with ds[:, :, None].",
    ),
    notes=section("Backpropagation"),
    returns=("dquery", "dkeys", "dvalues"),
)
