"""What clipping, the two optimisers and the windows of truncated BPTT are judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong
from utils.pictures.diagram import cell

from notes import section

TITLE = "Training"
FILES = {"cell.svg": cell(lit=("forget_gate", "c_prev", "cell_state"), title=TITLE).svg}


def clip_by_global_norm(grads, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    scale = max_norm / norm if norm > max_norm else 1.0
    return {name: scale * g for name, g in grads.items()}, norm


def sgd_update(params, grads, lr):
    return {name: params[name] - lr * grads[name] for name in params}


def adam_update(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    return adam()(params, grads, state, lr, beta1, beta2, eps)


def bptt_windows(ids, n_streams, T):
    return windows()(ids, n_streams, T)


# Arrays of different sizes and kinds, as a model has them. The names are not those of the cell, so
# that nobody counts on them.
SHAPES = {"U_f": (2, 3), "W_f": (3, 3), "b_f": (3,), "V": (3, 4), "b_y": (4,)}
OTHER = {"kernel": (4, 2), "bias": (2,)}
ARRAYS = tuple(SHAPES) + tuple(OTHER)


def arrays(rng: np.random.Generator, shapes=SHAPES, size: float = 1.0) -> dict[str, np.ndarray]:
    return {name: size * rng.normal(size=shape) for name, shape in shapes.items()}


# --- clipping ---------------------------------------------------------------------------------

NORM = "the norm of all arrays together, as it was before"
BELOW = "what is short enough stays as it is"
ZERO = "calm where every gradient is 0"
PURE = "leaves its arguments alone"


def clip_groups(rng: np.random.Generator) -> list[Group]:
    def case(size: float, max_norm: float, shapes=SHAPES) -> Args:
        return {"grads": arrays(rng, shapes, size), "max_norm": max_norm}

    long = [case(10.0, 5.0), case(30.0, 1.0)]
    short = [case(1.0, 50.0), case(2.0, 100.0)]
    zero = {"grads": {name: np.zeros(shape) for name, shape in SHAPES.items()}, "max_norm": 1.0}
    return [
        Group("a dict like grads, and a number", [long[0]], kind="shape"),
        Group(NORM, [*long, *short], parts=("norm",)),
        Group("too long: all arrays scaled by one factor, to the length max_norm", long,
              parts=ARRAYS),
        Group(BELOW, short, parts=ARRAYS),
        Group("for whatever arrays there are", [case(9.0, 2.0, OTHER), case(0.5, 20.0, OTHER)]),
        Group(ZERO, [zero], kind="quiet"),
        Group(PURE, kind="pure"),
    ]  # fmt: skip


def clipping(**mistake):
    """clip_by_global_norm with one thing wrong; each keyword replaces one piece of the right one."""

    def function(grads, max_norm):
        m = mistake
        squares = sum((g**2).sum() for g in grads.values())
        norm = m.get("norm", lambda grads, squares: np.sqrt(squares))(grads, squares)
        scale = m.get("scale", lambda norm, limit: limit / norm if norm > limit else 1.0)
        scale = scale(norm, max_norm)
        clipped = {name: scale * g for name, g in grads.items()}
        return m.get("finish", lambda clipped, norm, scale: (clipped, norm))(clipped, norm, scale)

    return function


def _each_alone(grads, max_norm):
    _, norm = clip_by_global_norm(grads, max_norm)
    each = {name: np.linalg.norm(g) for name, g in grads.items()}
    return {
        name: g * (max_norm / each[name] if each[name] > max_norm else 1.0)
        for name, g in grads.items()
    }, norm


def _entries(grads, max_norm):
    _, norm = clip_by_global_norm(grads, max_norm)
    return {name: np.clip(g, -max_norm, max_norm) for name, g in grads.items()}, norm


def _clip_in_place(grads, max_norm):
    clipped, norm = clip_by_global_norm(grads, max_norm)
    for name in grads:
        grads[name] *= min(1.0, max_norm / norm) if norm else 1.0
    return clipped, norm


def _only_matrices(grads, squares):
    return np.sqrt(sum((g**2).sum() for g in grads.values() if g.ndim == 2))


CLIP_WRONG = (
    Wrong("each array by its own norm", _each_alone,
          "Each array is clipped by its own norm. Then the arrays are scaled by different factors and "
          "the direction changes. One norm, of all arrays together, and one factor for all."),
    Wrong("entry by entry", _entries,
          "You cut every entry to between -max_norm and max_norm. That bends the direction. Scale all "
          "entries by one factor."),
    Wrong("always scaled", clipping(scale=lambda norm, limit: limit / norm if norm else 1.0),
          "You scale to max_norm always, short gradients up as well. Only what is longer than max_norm "
          "is scaled.", costs=BELOW),
    Wrong("clipped the wrong way round",
          clipping(scale=lambda norm, limit: limit / norm if 0 < norm < limit else 1.0),
          "You scale the short gradients up and leave the long ones: the comparison is the wrong way "
          "round."),
    Wrong("norm after clipping", clipping(finish=lambda c, norm, scale: (c, norm * scale)),
          "The norm you return is that after clipping, so it never says more than max_norm. Return the "
          "one before: it tells you how wild the gradients are.", costs=NORM),
    Wrong("norms added up",
          clipping(norm=lambda grads, s: sum(np.linalg.norm(g) for g in grads.values())),
          "You add up the norms of the arrays. The norm of all is the root of the sum of all squares."),
    Wrong("largest norm", clipping(norm=lambda grads, s: max(
              np.linalg.norm(g) for g in grads.values())),
          "You use the largest of the arrays' norms. The norm of all arrays together is the root of "
          "the sum of all squares."),
    Wrong("root forgotten", clipping(norm=lambda grads, s: s),
          "The root is missing: your norm is the sum of squares."),
    Wrong("largest entry", clipping(norm=lambda grads, s: max(
              np.abs(g).max() for g in grads.values())),
          "You use the largest entry. The norm is the root of the sum of all squares."),
    Wrong("root of the mean square", clipping(norm=lambda grads, s: np.sqrt(
              s / sum(g.size for g in grads.values()))),
          "You take the mean of the squares. A norm is the root of their sum."),
    Wrong("sum of absolute values", clipping(norm=lambda grads, s: sum(
              np.abs(g).sum() for g in grads.values())),
          "You add up absolute values: that is another norm. Square, add up, take the root."),
    Wrong("without the biases", clipping(norm=_only_matrices),
          "The biases are not in your norm. Every array counts."),
    Wrong("scaled to length 1", clipping(scale=lambda norm, limit: 1 / norm if norm > limit else 1.0),
          "Clipped gradients have length 1 whatever max_norm says. The factor is max_norm / norm."),
    Wrong("factor upside down",
          clipping(scale=lambda norm, limit: norm / limit if norm > limit else 1.0),
          "Your factor is norm / max_norm: it makes long gradients longer. It is max_norm / norm."),
    Wrong("set to zero", clipping(scale=lambda norm, limit: 0.0 if norm > limit else 1.0),
          "Gradients that are too long are set to 0. Their direction is still right: scale them."),
    Wrong("only gradients", clipping(finish=lambda c, norm, scale: c),
          "You return the gradients alone. The norm comes second: grads, norm."),
    Wrong("returned in the wrong order", clipping(finish=lambda c, norm, scale: (norm, c)),
          "You return the norm first. The order is grads, norm."),
    Wrong("zero divided by zero",
          clipping(scale=lambda norm, limit: np.minimum(1.0, limit / np.float64(norm))),
          "max_norm / norm divides by zero where every gradient is 0: NumPy warns. Divide only if norm "
          "is larger than max_norm.", costs=ZERO),
    Wrong("scales the caller's arrays", _clip_in_place,
          "Your values are right, but the caller's gradients are changed: `g *= …` writes into them, and "
          "so does `grads[name] = …` into their dict. Make a new dict of new arrays: scale * g.",
          costs=PURE),
)  # fmt: skip

# --- gradient descent -------------------------------------------------------------------------


def sgd_groups(rng: np.random.Generator) -> list[Group]:
    def case(lr: float, shapes=SHAPES, still: bool = False) -> Args:
        grads = arrays(rng, shapes, 0.0 if still else 1.0)
        return {"params": arrays(rng, shapes), "grads": grads, "lr": lr}

    home = [case(0.1), case(0.03)]
    return [
        Group("a dict like params", [home[0]], kind="shape"),
        Group("against the gradient, lr times as far", home),
        Group("where the gradient is 0, nothing moves", [case(0.5, still=True)]),
        Group("for whatever arrays there are", [case(0.2, OTHER), case(2.0, OTHER)]),
        Group(PURE, kind="pure"),
    ]


def stepping(move):
    """sgd_update with another rule for one array: move(p, g, lr)."""

    def function(params, grads, lr):
        return {name: move(params[name], grads[name], lr) for name in params}

    return function


def _sgd_in_place(params, grads, lr):
    for name in params:
        params[name] -= lr * grads[name]
    return params


def _sgd_returns_nothing(params, grads, lr):
    _sgd_in_place(params, grads, lr)


def _last_only(params, grads, lr):
    for name in params:
        new = {name: params[name] - lr * grads[name]}
    return new


def _one_length(params, grads, lr):
    _, norm = clip_by_global_norm(grads, 1.0)
    unit = {name: g / norm if norm else g for name, g in grads.items()}
    return sgd_update(params, unit, lr)


SGD_WRONG = (
    Wrong("uphill", stepping(lambda p, g, lr: p + lr * g),
          "You go uphill: the gradient points to where the loss grows. Subtract it."),
    Wrong("without lr", stepping(lambda p, g, lr: p - g),
          "The learning rate is not used: the step is lr times the gradient."),
    Wrong("the step alone", stepping(lambda p, g, lr: -lr * g),
          "You return the step. The new weights are the old ones plus the step."),
    Wrong("lr shrinks the weights", stepping(lambda p, g, lr: (1 - lr) * p - lr * g),
          "lr multiplies the weights as well: they shrink at every step. Only the gradient is scaled."),
    Wrong("lr on the weights", stepping(lambda p, g, lr: p - lr * p),
          "You subtract lr times the weights. It is lr times their gradient."),
    Wrong("divided by lr", stepping(lambda p, g, lr: p - g / lr),
          "You divide by the learning rate. A small lr means small steps: multiply."),
    Wrong("sign of the gradient", stepping(lambda p, g, lr: p - lr * np.sign(g)),
          "You use the gradient's sign alone. Steep directions get larger steps: multiply by the "
          "gradient itself."),
    Wrong("steps of one length", _one_length,
          "Your step has length lr whatever the gradient is. Do not divide by its norm; clipping is a "
          "step of its own, before this one."),
    Wrong("averaged over the array", stepping(lambda p, g, lr: p - lr * g.mean()),
          "All entries of an array move alike: you average its gradient. Each entry has its own."),
    Wrong("divided by the array's size", stepping(lambda p, g, lr: p - lr * g / g.size),
          "You divide by the number of entries. The gradient needs no average: it is that of the loss."),
    Wrong("biases left out", stepping(lambda p, g, lr: p - lr * g if p.ndim == 2 else p.copy()),
          "The biases do not move. Every array is trained."),
    Wrong("only the last array", _last_only,
          "Only one array comes back: the dict is made anew for each name. Make it once, before the "
          "loop."),
    Wrong("nothing returned", _sgd_returns_nothing,
          "You change the caller's weights and return nothing. Return a new dict and leave params "
          "alone: then a step can be tried and thrown away."),
    Wrong("changes the weights in place", _sgd_in_place,
          "Your values are right, but the caller's weights are changed: `-=` writes into the arrays, and "
          "`params[name] = …` into their dict. Make a new dict: params[name] - lr * grads[name].",
          costs=PURE),
)  # fmt: skip

# --- Adam -------------------------------------------------------------------------------------

M = "m, the running mean of the gradients"
SQUARES = "v, the running mean of their squares"
COUNT = "t counts the updates"
FIRST = "the weights after the first update, from an empty state"
LATER = "the weights after a later update"
CHOSEN = "for every learning rate, beta and eps"


def adam_groups(rng: np.random.Generator) -> list[Group]:
    def case(t: int, shapes=SHAPES, **chosen: float) -> Args:
        state = {}
        if t:
            v = {name: np.abs(a) for name, a in arrays(rng, shapes).items()}
            state = {"m": arrays(rng, shapes), "v": v, "t": t}
        params, grads = arrays(rng, shapes), arrays(rng, shapes)
        return {"params": params, "grads": grads, "state": state, **chosen}

    first, later = [case(0), case(0)], [case(3), case(7)]
    chosen = [
        case(2, OTHER, lr=0.1, beta1=0.5, beta2=0.9, eps=0.1),
        case(0, OTHER, lr=0.02, beta1=0.8, beta2=0.95, eps=0.01),
    ]
    still = case(0)
    still["grads"] = {name: 0 * g for name, g in still["grads"].items()}
    inner = {"rtol": 1e-9}
    return [
        Group("new weights, and a state with m, v and t", [later[0]], kind="shape"),
        Group(M, [*first, *later], parts=("m",), **inner),
        Group(SQUARES, [*first, *later], parts=("v",), **inner),
        Group(COUNT, [*first, *later], parts=("t",)),
        Group(FIRST, first, parts=ARRAYS, rtol=1e-9),
        Group(LATER, later, parts=ARRAYS, rtol=1e-9),
        Group(CHOSEN, chosen, rtol=1e-9),
        Group("calm where the gradient is 0", [still], kind="quiet"),
        Group(PURE, kind="pure"),
    ]


def adam(**mistake):
    """adam_update; each keyword replaces one piece of it by a wrong one."""

    def function(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        m_ = mistake
        if m_.get("forgets"):
            state = {}
        if m_.get("betas"):
            beta1, beta2 = beta2, beta1
        lr, eps = m_.get("lr", lr), m_.get("eps", eps)
        t = m_.get("count", lambda t: t + 1)(state.get("t", 0))
        power = m_.get("power", lambda t: t)(t)
        new, means, squares = {}, {}, {}
        for name, g in grads.items():
            m = state["m"][name] if state else np.zeros_like(g)
            v = state["v"][name] if state else np.zeros_like(g)
            m = m_.get("mean", lambda m, g, b: b * m + (1 - b) * g)(m, g, beta1)
            v = m_.get("square", lambda v, g, b: b * v + (1 - b) * g**2)(v, g, beta2)
            right = lambda value, b, p: value / (1 - b**p)  # noqa: E731
            m_hat = m_.get("m_hat", right)(m, beta1, power)
            v_hat = m_.get("v_hat", right)(v, beta2, power)
            step = m_.get("step", lambda m, v, g, lr, eps: lr * m / (np.sqrt(v) + eps))
            new[name] = params[name] - step(m_hat, v_hat, g, lr, eps)
            means[name], squares[name] = (m_hat, v_hat) if m_.get("keeps_hats") else (m, v)
        kept = {"m": means, "v": squares, "t": m_.get("keeps_t", lambda t: t)(t)}
        return m_.get("finish", lambda new, kept: (new, kept))(new, kept)

    return function


def _raw(value, beta, power):
    return value


def _adam_in_place(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    new, kept = adam()(params, grads, state, lr, beta1, beta2, eps)
    for name in params:
        params[name][...] = new[name]
    return new, kept


def _adam_into_state(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    new, kept = adam()(params, grads, state, lr, beta1, beta2, eps)
    state.update(kept)
    return new, state


ADAM_WRONG = (
    Wrong("no bias correction", adam(m_hat=_raw, v_hat=_raw),
          "The bias correction is missing. m and v start at 0, so at first they are far too small: "
          "divide m by 1 - beta1**t and v by 1 - beta2**t."),
    Wrong("v not corrected", adam(v_hat=_raw),
          "v is not corrected, so with the usual beta2 the first step is about 30 times too large. Divide "
          "v by 1 - beta2**t."),
    Wrong("m not corrected", adam(m_hat=_raw),
          "m is not corrected, so with the usual beta1 the first step is ten times too small. Divide m by "
          "1 - beta1**t."),
    Wrong("corrected values kept", adam(keeps_hats=True),
          "You keep the corrected m and v in the state; the next update would correct them again. Keep "
          "m and v as they are, and correct copies."),
    Wrong("t counts from 0", adam(power=lambda t: t - 1),
          "The power is one too small: at the first update t is 1. With t = 0 the correction divides by "
          "zero. Count first, then correct."),
    Wrong("t counted twice", adam(power=lambda t: t + 1),
          "The power is one too large: the first update has t = 1."),
    Wrong("t never counted", adam(count=lambda t: t if t else 1),
          "t does not grow from update to update: t + 1 belongs into the new state."),
    Wrong("old t kept", adam(keeps_t=lambda t: t - 1),
          "The new state holds the old t. Store the one you have just counted.", costs=COUNT),
    Wrong("beta times t", adam(m_hat=lambda v, b, p: v / (1 - b * p),
                               v_hat=lambda v, b, p: v / (1 - b * p)),
          "You write beta * t where it is a power: beta**t."),
    Wrong("eps inside the root", adam(step=lambda m, v, g, lr, eps: lr * m / np.sqrt(v + eps)),
          "eps is inside the root. Added outside: sqrt(v) + eps."),
    Wrong("eps fixed", adam(eps=1e-8),
          "eps is always 1e-8. Use the argument.", costs=CHOSEN),
    Wrong("lr fixed", adam(lr=0.001),
          "The learning rate is always 0.001. Use the argument.", costs=CHOSEN),
    Wrong("root forgotten", adam(step=lambda m, v, g, lr, eps: lr * m / (v + eps)),
          "The root is missing: divide by sqrt(v), which has the unit of the gradient, not by v."),
    Wrong("betas exchanged", adam(betas=True),
          "beta1 and beta2 are exchanged: beta1 belongs to the mean of the gradients, beta2 to that of "
          "their squares."),
    Wrong("gradient not averaged", adam(mean=lambda m, g, b: b * m + g),
          "The new gradient comes in with weight 1, so m grows ten times too large. A running mean "
          "weighs it with 1 - beta1."),
    Wrong("squares not averaged", adam(square=lambda v, g, b: b * v + g**2),
          "The new square comes in with weight 1. A running mean weighs it with 1 - beta2."),
    Wrong("squares summed up", adam(square=lambda v, g, b: v + g**2),
          "You add up all squares for ever: that is AdaGrad. v is a running mean: "
          "beta2 * v + (1 - beta2) * g**2."),
    Wrong("weights of the mean exchanged", adam(mean=lambda m, g, b: (1 - b) * m + b * g),
          "The weights of m's mean are exchanged: the old m keeps beta1, the new gradient gets "
          "1 - beta1."),
    Wrong("gradient not squared", adam(square=lambda v, g, b: b * v + (1 - b) * np.abs(g)),
          "v averages the absolute values of the gradients. It is the mean of their squares."),
    Wrong("the mean squared", adam(square=lambda v, g, b: b * v + (1 - b) * (g * g).mean()),
          "All entries of an array share one v: you averaged the squares over the array. Each weight "
          "has its own.",),
    Wrong("gradient instead of its mean",
          adam(step=lambda m, v, g, lr, eps: lr * g / (np.sqrt(v) + eps)),
          "Your step uses the gradient itself. Adam steps along m, the running mean."),
    Wrong("uphill", adam(step=lambda m, v, g, lr, eps: -lr * m / (np.sqrt(v) + eps)),
          "You go uphill: subtract the step."),
    Wrong("plain descent", adam(step=lambda m, v, g, lr, eps: lr * m),
          "v is not used: the step is not divided by sqrt(v) + eps."),
    Wrong("the state forgotten", adam(forgets=True),
          "Every update begins anew: m, v and t of the state you are given are not used."),
    Wrong("only the weights", adam(finish=lambda new, kept: new),
          "You return the weights alone. The state comes second: params, state."),
    Wrong("returned in the wrong order", adam(finish=lambda new, kept: (kept, new)),
          "You return the state first. The order is params, state."),
    Wrong("changes the weights in place", _adam_in_place,
          "Your values are right, but the caller's weights are changed. Make new arrays.",
          costs=PURE),
    Wrong("fills the caller's state", _adam_into_state,
          "Your values are right, but you put them into the state you were given. Make a new dict: "
          "{'m': …, 'v': …, 't': …}.", costs=PURE),
)  # fmt: skip

# --- windows ----------------------------------------------------------------------------------

NEXT = "each target is the id that comes next"
STREAMS = "every column is one unbroken piece of the text"
GOES_ON = "each window goes on where the one before it ended"
EVEN = "when everything fits exactly"


def windows_groups(rng: np.random.Generator) -> list[Group]:
    def case(length: int, n_streams: int, T: int) -> Args:
        return {"ids": rng.permutation(length), "n_streams": n_streams, "T": T}

    home = case(38, 3, 4)
    one_window = case(16, 3, 4)
    one_stream = case(15, 1, 4)
    return [
        Group("two arrays of whole numbers, (windows, T, streams)", [home], kind="shape"),
        Group(STREAMS, [one_window], parts=("x",)),
        Group(GOES_ON, [one_stream, home], parts=("x",)),
        Group(NEXT, [one_window, one_stream, home], parts=("targets",)),
        Group("what does not fill a window is left out", [case(41, 3, 5), case(30, 4, 3)]),
        Group(EVEN, [case(25, 2, 4), case(24, 2, 4), case(23, 2, 4)]),
        Group("a text too short for one window gives none", [case(8, 2, 5)]),
        Group(PURE, kind="pure"),
    ]


def windows(**mistake):
    """bptt_windows; each keyword replaces one piece of it by a wrong one."""

    def function(ids, n_streams, T):
        m = mistake
        length = m.get("length", lambda n, k: (n - 1) // k)(len(ids), n_streams)
        count = m.get("count", lambda length, T: length // T)(length, T)
        where = m.get("where", lambda w, t, s, length, T, k, W: s * length + w * T + t)
        x = np.empty((count, T, n_streams), dtype=ids.dtype)
        y = np.empty_like(x)
        for w in range(count):
            for t in range(T):
                for s in range(n_streams):
                    place = where(w, t, s, length, T, n_streams, count)
                    x[w, t, s] = ids[place % len(ids)]
                    shift = m.get("next", lambda t, T: 1)(t, T)
                    y[w, t, s] = ids[(place + shift) % len(ids)]
        return m.get("finish", lambda x, y: (x, y))(x, y)

    return function


WINDOWS_WRONG = (
    Wrong("targets are the inputs", windows(next=lambda t, T: 0),
          "Your targets are the inputs themselves. To predict what comes next, the target of place p "
          "is ids[p + 1].", costs=NEXT),
    Wrong("targets one too early", windows(next=lambda t, T: -1),
          "Your targets are what came before. The target of place p is ids[p + 1].", costs=NEXT),
    Wrong("targets two ahead", windows(next=lambda t, T: 2),
          "Your targets are two places ahead. The target of place p is ids[p + 1].", costs=NEXT),
    Wrong("targets roll round in the window", windows(next=lambda t, T: 1 if t < T - 1 else 1 - T),
          "The last target of each window is the window's first input: np.roll turned it round. What "
          "comes next is the first input of the next window.", costs=NEXT),
    Wrong("neighbours go to different streams",
          windows(where=lambda w, t, s, length, T, k, W: (w * T + t) * k + s),
          "Neighbours in the text are dealt out to different streams, so each column holds every n-th "
          "id. Cut the text into n_streams long pieces; each is a column."),
    Wrong("windows dealt out in turn",
          windows(where=lambda w, t, s, length, T, k, W: (w * k + s) * T + t),
          "Column s of the next window does not go on where column s of this one ended: the pieces are "
          "dealt out in turn. The state carried over would be that of another place in the text."),
    Wrong("windows overlap", windows(
              where=lambda w, t, s, length, T, k, W: s * length + w * (T - 1) + t),
          "Each window begins with the last input of the one before, which is then read twice. Window "
          "w begins at w * T."),
    Wrong("windows slide by one",
          windows(where=lambda w, t, s, length, T, k, W: s * length + w + t),
          "Your windows slide by one place. Each begins where the one before ended: at w * T."),
    Wrong("a gap between windows",
          windows(where=lambda w, t, s, length, T, k, W: s * length + w * (T + 1) + t,
                  count=lambda length, T: length // (T + 1)),
          "One id is left out between two windows. The last target of a window is also the first input "
          "of the next."),
    Wrong("streams rounded to whole windows",
          windows(where=lambda w, t, s, length, T, k, W: s * W * T + w * T + t),
          "Your streams begin at multiples of whole windows. Stream s begins at s * length, where "
          "length = (len(ids) - 1) // n_streams; what is left over is at each stream's end."),
    Wrong("the last target forgotten", windows(length=lambda n, k: n // k),
          "You divide all ids among the streams, so the last stream's last input may have no target. "
          "length = (len(ids) - 1) // n_streams."),
    Wrong("one window too few", windows(count=lambda length, T: max(0, length - 1) // T),
          "Where the windows fill a stream exactly, you lose the last one. The 1 for the last target is "
          "taken off once, from the whole text.", costs=EVEN),
    Wrong("streams side by side, time along the last axis", windows(
              finish=lambda x, y: (x.swapaxes(1, 2).copy(), y.swapaxes(1, 2).copy())),
          "Your windows are (streams, T). Time comes first in this course: (windows, T, streams)."),
    Wrong("windows along the second axis", windows(
              finish=lambda x, y: (x.swapaxes(0, 1).copy(), y.swapaxes(0, 1).copy())),
          "Your axes are (T, windows, streams). The windows come first: x[0] is the first one."),
    Wrong("streams in one array", windows(
              finish=lambda x, y: (x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1]))),
          "The windows are not told apart: the result is one long (time, streams) array. Cut it into "
          "windows of T steps."),
    Wrong("streams in reverse", windows(
              where=lambda w, t, s, length, T, k, W: (k - 1 - s) * length + w * T + t),
          "Your streams are in reverse: column 0 is the beginning of the text."),
    Wrong("floating point", windows(finish=lambda x, y: (x.astype(float), y.astype(float))),
          "Your ids are floating point numbers. They are used as indices: keep whole numbers."),
    Wrong("only inputs", windows(finish=lambda x, y: x),
          "You return the inputs alone. The targets come second: x, targets."),
    Wrong("targets first", windows(finish=lambda x, y: (y, x)),
          "You return the targets first. The order is x, targets."),
    Wrong("pairs of windows", windows(finish=lambda x, y: list(zip(x, y, strict=True))),
          "You return a list of pairs. Two arrays are asked for: x and targets, each (windows, T, "
          "streams)."),
)  # fmt: skip

EXERCISES = [
    Exercise(
        reference=clip_by_global_norm,
        groups=clip_groups,
        wrong=CLIP_WRONG,
        hints=(
            "One number for the whole dict first: square every entry of every array, add all up, take "
            "the root.",
            "If norm > max_norm the factor is max_norm / norm, else 1. The same factor for all arrays.",
            "Return a new dict, {name: factor * g for name, g in grads.items()}, and the norm.",
        ),
        notes=section("Backpropagation"),
        returns=("grads", "norm"),
        may_share=ARRAYS,
    ),
    Exercise(
        reference=sgd_update,
        groups=sgd_groups,
        wrong=SGD_WRONG,
        hints=(
            "Downhill is against the gradient.",
            "For every name: params[name] - lr * grads[name], in a new dict.",
        ),
        notes=section("Backpropagation"),
    ),
    Exercise(
        reference=adam_update,
        groups=adam_groups,
        wrong=ADAM_WRONG,
        hints=(
            "state.get('t', 0) + 1 is the number of this update. Where the state is empty, m and v are "
            "zeros like the gradient.",
            "m = beta1 * m + (1 - beta1) * g and v = beta2 * v + (1 - beta2) * g**2 go into the new "
            "state. Their corrected copies, m / (1 - beta1**t) and v / (1 - beta2**t), do not.",
            "The new weights are p - lr * m_hat / (np.sqrt(v_hat) + eps). Three new dicts of arrays: "
            "weights, m and v.",
        ),
        notes=section("Backpropagation"),
        returns=("params", "state"),
    ),
    Exercise(
        reference=bptt_windows,
        groups=windows_groups,
        wrong=WINDOWS_WRONG,
        hints=(
            "length = (len(ids) - 1) // n_streams ids for each stream: the 1 is for the very last "
            "target. length // T windows fit into it.",
            "Stream s is ids[s * length : s * length + windows * T], its targets are the same slice one "
            "place on.",
            "Stack the streams as columns, (windows * T, n_streams), and reshape to (windows, T, "
            "n_streams): rows stay in order.",
        ),
        notes=section("Backpropagation"),
        returns=("x", "targets"),
    ),
]

QUESTIONS = [
    Question(
        name="clipping_bias",
        text="A gradient of length 50 is clipped to length 1. What is lost?",
        options=("Its direction", "How far to go", "Nothing: Adam would do the same"),
        answers=(
            "All entries are divided by 50, so their proportions stay. Clipping entry by entry would "
            "bend it.",
            "Yes. The direction stays, and the length was not to be believed: right beside a cliff, a "
            "straight line downhill is good for a short way only.",
            "Adam divides by what it remembers of earlier gradients. One gradient 50 times as long as "
            "usual makes a step about three times as long, pulls the same way for ten updates more, "
            "and stays in v for about a thousand: so long all other steps are too short.",
        ),
        right=1,
    ),
    Question(
        name="carried_state",
        text="Truncated BPTT with windows of 25 steps, states carried over. Can the network use "
        "something it read 40 steps ago?",
        options=(
            "No: the gradient ends after 25 steps",
            "Yes, if it has learned to keep such things",
            "Yes, the gradient is carried over too",
        ),
        answers=(
            "The gradient ends there, the state does not: h and c come over from the window before.",
            "Yes. What it keeps comes over in h and c. Only learning to keep it must happen within 25 "
            "steps.",
            "Only h and c are carried over, as plain numbers. The way back ends at the window's first "
            "step.",
        ),
        right=1,
    ),
]
