"""What `train_step` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

import lstm
from .adam_update import adam_update
from .sgd_update import sgd_update
from .shared import clip_by_global_norm
from lstm import random_params
from notes import section


def loss_and_gradients(params, x, targets, h0, c0):
    h, _, caches = lstm.forward(x, h0, c0, params)
    logits = h @ params["V"] + params["b_y"]
    dh, dV, db_y = lstm.output_layer_backward(logits, targets, h, params["V"])
    *_, grads = lstm.backward(dh, caches, params)
    return float(lstm.cross_entropy(logits, targets)), {**grads, "V": dV, "b_y": db_y}


def train_step(params, batch, state, max_norm, lr):
    return one_step()(params, batch, state, max_norm, lr)


LOSS = "the loss, as it was before the step"


FIRST = "the first step, with a short gradient: Adam's"


CLIPPED = "a long gradient is clipped before Adam sees it"


LATER = "a later step goes on from the state"


STATES = "begins at the batch's h0 and c0"


def step_groups(rng: np.random.Generator) -> list[Group]:
    def case(t: int, max_norm: float, lr: float, carried: bool = False, sizes=(4, 3, 2, 3, 4)):
        T, N, D, H, K = sizes
        params = random_params(rng, D, H, K)
        h0, c0 = rng.uniform(-1, 1, size=(N, H)), rng.normal(size=(N, H))
        if not carried:
            h0, c0 = np.zeros((N, H)), np.zeros((N, H))
        batch = (rng.normal(size=(T, N, D)), rng.integers(K, size=(T, N)), h0, c0)
        state = {}
        if t:
            m = {name: rng.normal(size=a.shape) for name, a in params.items()}
            v = {name: 0.1 + rng.random(size=a.shape) for name, a in params.items()}
            state = {"m": m, "v": v, "t": t}
        args: Args = {
            "params": params,
            "batch": batch,
            "state": state,
            "max_norm": max_norm,
            "lr": lr,
        }
        return args

    first, clipped = case(0, 1e3, 0.02), [case(0, 0.05, 0.02), case(0, 0.3, 0.05)]
    later = [case(4, 0.5, 0.03), case(9, 1e3, 0.002)]
    carried = case(2, 0.7, 0.01, carried=True)
    other = [case(3, 0.2, 0.1, True, (2, 1, 3, 2, 2)), case(0, 0.6, 0.004, True, (5, 2, 1, 4, 3))]
    exact = {"rtol": 1e-7, "atol": 1e-11}
    return [
        Group("new weights, Adam's new state, and a number", [first], kind="shape"),
        Group(LOSS, [first, *clipped], parts=("loss",)),
        Group(FIRST, [first], parts=("state",), **exact),
        Group(CLIPPED, clipped, parts=("state",), **exact),
        Group(LATER, later, parts=("params", "state"), **exact),
        Group(STATES, [carried], **exact),
        Group("for every max_norm, lr and size", other, **exact),
        pure(),
    ]


@composable
def one_step(**mistake):
    """train_step; each keyword replaces one piece of it by a wrong one."""

    def function(params, batch, state, max_norm, lr):
        m = mistake
        x, targets, h0, c0 = batch
        h0, c0 = m.get("start", lambda h0, c0: (h0, c0))(h0, c0)
        loss, grads = loss_and_gradients(params, x, targets, h0, c0)
        grads = m.get("grads", lambda grads, T: grads)(grads, len(x))
        grads = m.get("clip", lambda g, limit: clip_by_global_norm(g, limit)[0])(grads, max_norm)
        begun = m.get("state", lambda state: state)(state)
        new, kept = m.get("update", adam_update)(params, grads, begun, m.get("lr", lr))
        kept = m.get("keep", lambda old, kept: kept)(state, kept)
        new = m.get("weights", lambda old, new, limit: new)(params, new, max_norm)
        said = m.get("loss", lambda loss, *rest: loss)(loss, new, (x, targets, h0, c0), grads)
        return m.get("finish", lambda new, kept, loss: (new, kept, loss))(new, kept, said)

    return function


def _each_alone(grads, limit):
    return {name: clip_by_global_norm({name: g}, limit)[0][name] for name, g in grads.items()}


def _clipped_step(old, new, limit):
    step, _ = clip_by_global_norm({name: new[name] - old[name] for name in old}, limit)
    return {name: old[name] + step[name] for name in old}


def _descent(params, grads, state, lr):
    return sgd_update(params, grads, lr), state


def _twice(params, grads, state, lr):
    new, kept = adam_update(params, grads, state, lr)
    return adam_update(new, grads, kept, lr)


def _into_state(params, batch, state, max_norm, lr):
    new, kept, loss = one_step()(params, batch, state, max_norm, lr)
    state.update(kept)
    return new, state, loss


def _norm(grads):
    return float(np.sqrt(sum((g**2).sum() for g in grads.values())))


STEP_WRONG = (
    Wrong("not clipped", one_step(clip=lambda g, limit: g),
          "Nothing is clipped: max_norm is not used. clip_by_global_norm comes between the gradients and "
          "Adam."),
    Wrong("clipped gradients thrown away, the step clipped instead",
          one_step(clip=lambda g, limit: g, weights=_clipped_step),
          "You clip the step that Adam made. Clip the gradients, before Adam sees them: else one long "
          "gradient stays in v for a thousand updates."),
    Wrong("each array clipped alone", one_step(clip=_each_alone),
          "Each array is clipped by its own norm. One call of clip_by_global_norm with the whole dict."),
    Wrong("clipped to 1", one_step(clip=lambda g, limit: clip_by_global_norm(g, 1.0)[0]),
          "You always clip to 1. Use the argument max_norm."),
    Wrong("lr left at Adam's default", one_step(lr=0.001),
          "The learning rate is always Adam's default, 0.001. Hand lr on: "
          "adam_update(params, grads, state, lr)."),
    Wrong("Adam begins anew at every step", one_step(state=lambda state: {}),
          "Adam is given an empty state at every step. Hand on the state that came in: its means go on."),
    Wrong("the old state returned", one_step(keep=lambda old, kept: old),
          "You return the state that came in. adam_update gives a new one beside the weights: return "
          "that."),
    Wrong("plain gradient descent", one_step(update=_descent),
          "This is gradient descent: the step is lr times the gradient, and the state stays as it was. "
          "Call adam_update."),
    Wrong("two steps at once", one_step(update=_twice),
          "Adam is called twice with the same gradients. One step for each batch."),
    Wrong("uphill", one_step(grads=lambda g, T: {name: -a for name, a in g.items()}),
          "You go uphill: a sign is turned. adam_update already goes against the gradient."),
    Wrong("gradients divided by T", one_step(grads=lambda g, T: {k: a / T for k, a in g.items()}),
          "You divide the gradients by T. Take them as loss_and_gradients gives them: they belong to the "
          "loss that is summed over time."),
    Wrong("only the output layer", one_step(
              grads=lambda g, T: {k: a if k in ("V", "b_y") else 0 * a for k, a in g.items()}),
          "Only V and b_y move. Every one of the 14 arrays is trained."),
    Wrong("states of zero", one_step(start=lambda h0, c0: (0 * h0, 0 * c0)),
          "You begin at states of zero. h0 and c0 are in the batch: what was carried over would be lost."),
    Wrong("h0 and c0 exchanged", one_step(start=lambda h0, c0: (c0, h0)),
          "h0 and c0 are exchanged. The batch is x, targets, h0, c0, in the order of "
          "loss_and_gradients."),
    Wrong("the old weights returned", one_step(weights=lambda old, new, limit: dict(old)),
          "You return the weights that came in. The new ones are what adam_update gives first."),
    Wrong("loss after the step",
          one_step(loss=lambda loss, new, batch, grads: loss_and_gradients(new, *batch)[0]),
          "Your loss is that of the new weights: it costs a second pass. Return the one that came with "
          "the gradients.", costs=LOSS),
    Wrong("loss divided by T",
          one_step(loss=lambda loss, new, batch, grads: loss / len(batch[0])),
          "Your loss is divided by T. Return it as loss_and_gradients gives it.", costs=LOSS),
    Wrong("the norm instead of the loss",
          one_step(loss=lambda loss, new, batch, grads: _norm(grads)),
          "The third result is the gradient's norm. Asked for is the loss.", costs=LOSS),
    Wrong("without the loss", one_step(finish=lambda new, kept, loss: (new, kept)),
          "The loss is missing. Three results: params, state, loss."),
    Wrong("only the weights", one_step(finish=lambda new, kept, loss: new),
          "You return the weights alone. Three results: params, state, loss."),
    Wrong("loss first", one_step(finish=lambda new, kept, loss: (loss, new, kept)),
          "You return the loss first. The order is params, state, loss."),
    Wrong("state first", one_step(finish=lambda new, kept, loss: (kept, new, loss)),
          "You return the state first. The order is params, state, loss."),
    Wrong("changes the weights in place", writes_into(train_step, "params"),
          "Your values are right, but the caller's weights are changed. adam_update makes new arrays: "
          "return those and leave params alone.", costs=PURE),
    Wrong("fills the caller's state", _into_state,
          "Your values are right, but the caller's state is changed. adam_update gives a new dict: return "
          "that one.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=train_step,
    groups=step_groups,
    wrong=STEP_WRONG,
    hints=(
        "Three calls, one after the other: loss_and_gradients, clip_by_global_norm, adam_update.",
        "loss_and_gradients(params, *batch) takes the four things of the batch apart. "
        "clip_by_global_norm gives two results; the norm is not needed.",
        "params, state = adam_update(params, clipped, state, lr), and the loss is the one you had "
        "before.",
    ),
    notes=section("Backpropagation"),
    returns=("params", "state", "loss"),
)
