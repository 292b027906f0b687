"""What `adam_update` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

from .shared import ARRAYS, OTHER, SHAPES, arrays
from notes import section


def adam_update(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    return adam()(params, grads, state, lr, beta1, beta2, eps)


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
        pure(),
    ]


@composable
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


def _short_form(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    new, kept = adam()(params, grads, state, lr, beta1, beta2, eps)
    t = kept["t"]
    rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    for name, m in kept["m"].items():
        new[name] = params[name] - rate * m / (np.sqrt(kept["v"][name]) + eps)
    return new, kept


def _raw(value, beta, power):
    return value


def _adam_into_state(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    new, kept = adam()(params, grads, state, lr, beta1, beta2, eps)
    state.update(kept)
    return new, state


ADAM_WRONG = (
    Wrong("the paper's shorter form, with eps inside the correction", _short_form,
          "You use the shorter form that Kingma and Ba give as well: lr √(1 - β₂ᵗ) / (1 - β₁ᵗ) times "
          "m / (√v + eps). There eps stands beside the uncorrected √v, so it weighs more in the first "
          "steps. Asked for is Algorithm 1: m̂ / (√v̂ + eps)."),
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
    Wrong("changes the weights in place", writes_into(adam_update, "params"),
          "Your values are right, but the caller's weights are changed. Make new arrays.",
          costs=PURE),
    Wrong("fills the caller's state", _adam_into_state,
          "Your values are right, but you put them into the state you were given. Make a new dict: "
          "{'m': …, 'v': …, 't': …}.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
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
)
