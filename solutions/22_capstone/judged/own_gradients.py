"""What `own_gradients` is judged by: its losses say what its gradients must be."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, composable, pure
from utils.gradients.invented_step import points_around

from .own_step import MEASURES, own_step, with_free

U, W, B, P, S = (
    "the gradients of U are what the losses say", "those of W", "those of b", "those of the free p",
    "those of x, h_prev and c_prev",
)  # fmt: skip


_known: dict[bytes, list] = {}


def _point(points, b):
    return {name: array[b] for name, array in points.items()}


def _states(points):
    """h and c at every point, made once for all wrong answers that are asked at the same ones."""
    key = points["x"].tobytes() + points["p_o"].tobytes()
    if key not in _known:
        every = [_point(points, b) for b in range(len(points["x"]))]
        steps = [own_step(at["x"], at["h_prev"], at["c_prev"], at) for at in every]
        while len(_known) > 20:
            _known.pop(next(iter(_known)))
        _known[key] = [(h, c) for h, c, _ in steps]
    return _known[key]


@composable
def differentiated(**mistake):
    """own_gradients of the course's variant with one thing wrong."""

    def function(points, dh, dc):
        m = mistake
        loss = m.get("loss", lambda h, c, dh, dc: (dh * h).sum() + (dc * c).sum())
        losses = [loss(h, c, dh, dc) for h, c in _states(points)]
        at = _point(points, m.get("where", 0))
        _, _, k = own_step(at["x"], at["h_prev"], at["c_prev"], at)
        f, g, o, c = (k[name] for name in "fgoc")
        d = m.get("arrive", lambda dc, dh, o, c: dc + dh * o * (1 - np.tanh(c) ** 2))(dc, dh, o, c)
        pre = {
            "f": m.get("df", lambda d, k: d * (k["c_prev"] - k["g"]))(d, k) * f * (1 - f),
            "g": d * m.get("writes", lambda f: 1 - f)(f) * m.get("g_slope", lambda g: 1 - g * g)(g),
            "o": dh * np.tanh(c) * m.get("o_slope", lambda o: o * (1 - o))(o),
        }
        zero = {name: np.zeros_like(array) for name, array in at.items()}
        grads = zero | {
            "x": sum(pre[a] @ at[f"U_{a}"].T for a in pre),
            "h_prev": sum(pre[a] @ m.get("turn", lambda w: w.T)(at[f"W_{a}"]) for a in pre),
            "c_prev": m.get("keeps", lambda d, f: d * f)(d, f),
        }
        for a in pre:
            grads[f"U_{a}"] = at["x"].T @ pre[a]
            grads[f"W_{a}"] = at[m.get("state", "h_prev")].T @ pre[a]
            grads[f"b_{a}"] = m.get("sum", lambda p: p.sum(axis=0))(pre[a])
        return m.get("finish", lambda losses, grads: (losses, grads))(np.array(losses), grads)

    return function


def own_gradients(points, dh, dc):
    return differentiated()(points, dh, dc)


def groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, D: int, H: int) -> Args:
        at = {"x": rng.normal(size=(N, D)), "h_prev": rng.uniform(-1, 1, size=(N, H)),
              "c_prev": rng.normal(size=(N, H))} | with_free(rng, D, H)  # fmt: skip
        return {
            "points": points_around(rng, at),
            "dh": rng.normal(size=(N, H)),
            "dc": rng.normal(size=(N, H)),
        }

    home = [case(3, 2, 4)]
    sizes = [case(1, 3, 2), case(4, 2, 1), case(2, 3, 3)]

    def measured(name: str, measure: str, cases=home, right: str = "right", **more) -> Group:
        return Group(name, cases, measure=MEASURES + measure, expected=[right] * len(cases), **more)

    return [
        measured("one loss a point, and it moves with inputs, states and weights", "moves",
                 right="a loss that moves"),
        measured(U, "from_inputs", points=2),
        measured(W, "from_h", points=2),
        measured(B, "biases"),
        measured(P, "free"),
        measured(S, "to_states", points=2, says="The step before gets what h_prev and c_prev get."),
        measured("for every N, D and H", "from_h", sizes),
        pure(),
    ]  # fmt: skip


def _changes_points(points, dh, dc):
    result = own_gradients(points, dh, dc)
    dc += 1
    return result


EVERY = "for every N, D and H"
WRONG = (
    Wrong("i = 1 - f forgotten", differentiated(df=lambda d, k: d * k["c_prev"]),
          "Two ways lead from f to c: it keeps c_prev and, by i = 1 - f, it writes less of g. Your df "
          "knows the first alone: d * (c_prev - g)."),
    Wrong("sign of the second way", differentiated(df=lambda d, k: d * (k["c_prev"] + k["g"])),
          "The second way from f to c has the wrong sign: i = 1 - f falls where f rises."),
    Wrong("dc does not arrive", differentiated(arrive=lambda dc, dh, o, c: dh * o * (1 - np.tanh(c) ** 2)),
          "dc has no say. Two gradients arrive at c: that through h, and dc from the step after."),
    Wrong("dh does not reach c", differentiated(arrive=lambda dc, dh, o, c: dc),
          "What arrives at c comes from dc alone. h is made of c, so dh arrives there as well."),
    Wrong("slope of tanh(c) missing", differentiated(arrive=lambda dc, dh, o, c: dc + dh * o),
          "On the way from h to c the slope of tanh is missing: 1 - tanh(c)²."),
    Wrong("slope of the candidate missing", differentiated(g_slope=lambda g: 1),
          "The slope of the candidate's tanh is missing: 1 - g²."),
    Wrong("slope of the output gate missing", differentiated(o_slope=lambda o: 1),
          "The slope of the output gate's sigmoid is missing: o (1 - o)."),
    Wrong("f writes", differentiated(writes=lambda f: f),
          "The candidate's gradient is multiplied by f. It was written by 1 - f."),
    Wrong("c_prev gets all", differentiated(keeps=lambda d, f: d),
          "What c_prev gets is not multiplied by f.", costs=S),
    Wrong("c_prev gets nothing", differentiated(keeps=lambda d, f: 0 * d),
          "c_prev gets nothing: the highway on which long memories learn is cut.", costs=S),
    Wrong("W not transposed", differentiated(turn=lambda w: w),
          "What h_prev gets uses W where its transpose belongs. W is square, so no error is raised.",
          costs=S),
    Wrong("bias averaged", differentiated(sum=lambda p: p.mean(axis=0)),
          "The gradients of the biases are averaged over the batch. Sum them.", costs=B),
    Wrong("averaged over the batch", differentiated(finish=lambda losses, grads: (
              losses, {n: g / len(grads["x"]) for n, g in grads.items()})),
          "Your gradients are N times too small. The loss is a sum over the batch."),
    Wrong("a mean for a loss", differentiated(finish=lambda losses, grads: (
              losses / len(grads["x"]), grads)),
          "Your losses are means over the batch, your gradients those of the sum."),
    Wrong("dc left out of the loss", differentiated(loss=lambda h, c, dh, dc: (dh * h).sum()),
          "Your loss is Σ dh h alone; it has a second part, Σ dc c."),
    Wrong("at another point", differentiated(where=1),
          "Your gradients are those at the second point (a loop's variable, perhaps). They are asked for at the first."),
    Wrong("one loss", differentiated(finish=lambda losses, grads: (losses[:1], grads)),
          "You return one loss. One for each point is asked for."),
    Wrong("the gradients alone", differentiated(finish=lambda losses, grads: grads),
          "You return the gradients alone. Two things are asked for: losses and grads."),
    Wrong("grads first", differentiated(finish=lambda losses, grads: (grads, losses)),
          "You return grads first. The order is losses, grads."),
    Wrong("minus", differentiated(finish=lambda losses, grads: (losses, {n: -g for n, g in grads.items()})),
          "All your gradients have the wrong sign."),
    Wrong("writes into dc", _changes_points,
          "dc is another array after the call: `dc += …` writes into the caller's. Write "
          "`d = dc + …`.", costs="leaves its arguments alone"),
)  # fmt: skip


EXERCISE = Exercise(
    reference=own_gradients,
    groups=groups,
    wrong=WRONG,
    hints=(
        "Go back along every arrow of your step, as in unit 10. What was changed in the step changes "
        "one or two lines here.",
        "First what arrives at c: dc, and dh through the way out. Then each pre-activation. Then U, W "
        "and b of each, and x, h_prev, c_prev.",
        "Where the check says “wrong for W_f”: look at what reaches the pre-activation of f.",
    ),
    returns=("losses", "grads"),
)
