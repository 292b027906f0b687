"""What `lstm_forward` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure

from lstm import forward, random_params, step
from notes import section


def lstm_forward(x, h0, c0, params):
    return forward(x, h0, c0, params)


def _sequence(rng: np.random.Generator, T: int, N: int, D: int, H: int) -> Args:
    return {
        "x": rng.normal(size=(T, N, D)),
        "h0": rng.uniform(-1, 1, size=(N, H)),
        "c0": rng.normal(size=(N, H)),
        "params": random_params(rng, D, H),
    }


CARRY_H, CARRY_C = "h is carried from step to step", "c is carried from step to step"


START = "begins at h0 and c0"


def forward_groups(rng: np.random.Generator) -> list[Group]:
    home = (4, 3, 4, 5)
    only_h, only_c = _sequence(rng, *home), _sequence(rng, *home)
    for name in ("U_f", "W_f", "b_f"):  # gate f at 0: c_prev has no say, only h_prev has
        only_h["params"][name] = np.zeros_like(only_h["params"][name])
    only_h["params"]["b_f"] -= 1000
    for gate in "figo":  # W at 0: h_prev has no say, only c_prev has
        only_c["params"][f"W_{gate}"] = np.zeros_like(only_c["params"][f"W_{gate}"])
    only_h["c0"] = np.zeros_like(only_h["c0"])
    one_step = _sequence(rng, 1, 3, 4, 5)
    sizes = [(3, 1, 2, 4), (1, 2, 1, 1), (3, 3, 3, 3), (2, 4, 3, 1)]
    return [
        Group("h and c for every step, and a cache for each", [_sequence(rng, *home)], kind="shape"),
        Group(START, [one_step]),
        Group(CARRY_H, [only_h]),
        Group(CARRY_C, [only_c]),
        Group("right for every T, N, D and H", [_sequence(rng, *home)]
              + [_sequence(rng, *s) for s in sizes]),
        pure(),
    ]  # fmt: skip


@composable
def looped(**piece):
    """Forward propagation; each keyword replaces one piece of it by a wrong one."""

    def function(x, h0, c0, params):
        begin = piece.get("begin", lambda h0, c0: (h0, c0))
        h, c = begin(h0, c0)
        hs, cs, caches = [], [], []
        for t in piece.get("order", lambda T: range(T))(len(x)):
            new_h, new_c, cache = step(x[t], h, c, params)
            hs.append(new_h)
            cs.append(new_c)
            caches.append(cache)
            if piece.get("swap"):
                new_h, new_c = new_c, new_h
            h = h0 if piece.get("forget_h") else new_h
            c = c0 if piece.get("forget_c") else new_c
        caches = piece.get("caches", lambda kept: kept)(caches)
        shaped = piece.get("states", lambda h0, c0, h, c: (h, c))
        h, c = shaped(h0, c0, np.stack(hs), np.stack(cs))
        return piece.get("finish", lambda h, c, caches: (h, c, caches))(h, c, caches)

    return function


def _same_array(x, h0, c0, params):
    """The states are written into h0 and c0."""
    h, c, caches = forward(x, h0, c0, params)
    h0[:], c0[:] = h[-1], c[-1]
    return h, c, caches


def _before(h0, c0, h, c):
    return np.concatenate([h0[None], h[:-1]]), np.concatenate([c0[None], c[:-1]])


def _batch_first(h0, c0, h, c):
    return np.swapaxes(h, 0, 1).copy(), np.swapaxes(c, 0, 1).copy()


FORWARD_WRONG = (
    Wrong("hidden state not carried", looped(forget_h=True),
          "Every step starts from h0: the hidden state is not carried on. Each step's h is the next "
          "one's h_prev.", costs=CARRY_H,
          hints=(
            "Which names go into lstm_step, and which come out?",
            "h, c, cache = lstm_step(x_t, h, c, params): what comes out has the names of what goes in.",
          )),
    Wrong("cell state not carried", looped(forget_c=True),
          "Every step starts from c0: the cell state is not carried on, so the memory is lost at "
          "every step.", costs=CARRY_C,
          hints=(
            "Which names go into lstm_step, and which come out?",
            "h, c, cache = lstm_step(x_t, h, c, params): what comes out has the names of what goes in.",
          )),
    Wrong("neither state carried", looped(forget_h=True, forget_c=True),
          "Every step starts from h0 and c0: no state is carried on. The sequence is read as T single "
          "steps."),
    Wrong("states begin at zero", looped(begin=lambda h, c: (0 * h, 0 * c)),
          "You begin with zeros and ignore h0 and c0. They are how a long text is read in pieces: "
          "each piece begins where the last one ended.", costs=START),
    Wrong("states exchanged", looped(swap=True),
          "h and c are exchanged when they are carried on. lstm_step returns h first, and takes "
          "h_prev first."),
    Wrong("time backwards", looped(order=lambda T: range(T - 1, -1, -1)),
          "You read the sequence from its end. Time runs forwards along axis 0 of x."),
    Wrong("first input at every step", looped(order=lambda T: [0] * T),
          "Every step reads x[0]. Step t reads x[t]."),
    Wrong("one step too few", looped(order=lambda T: range(max(1, T - 1))),
          "The last step is missing: the loop ends one step early."),
    Wrong("first step skipped", looped(order=lambda T: range(1, T) if T > 1 else range(T)),
          "The first step is missing: the loop starts at 1."),
    Wrong("only the last states", looped(states=lambda h0, c0, h, c: (h[-1], c[-1])),
          "You return the last states alone. All of them are needed: h and c have shape (T, N, H)."),
    Wrong("states off by one", looped(states=_before),
          "Your h[t] is the state before step t. It should be the state after it; h0 is not part of "
          "the result."),
    Wrong("h and c returned in the wrong order",
          looped(finish=lambda h, c, k: (c, h, k)),
          "You return c first. The order is h, c, caches."),
    Wrong("the last cache at every step", looped(caches=lambda k: [k[-1]] * len(k)),
          "All your caches are the last one. Append a new cache at every step."),
    Wrong("caches backwards", looped(caches=lambda k: k[::-1]),
          "The caches are in reverse order. caches[t] belongs to step t."),
    Wrong("batch first", looped(states=_batch_first),
          "Your results have shape (N, T, H). Time comes first here: (T, N, H)."),
    Wrong("overwrites h0 and c0", _same_array,
          "Your values are right, but h0 and c0 hold the last states after the call. Bind new names "
          "to the new states; do not write into the old arrays.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=lstm_forward,
    groups=forward_groups,
    wrong=FORWARD_WRONG,
    hints=(
        "One loop over time. Before it, h and c are h0 and c0; in it, each step makes new ones.",
        "for x_t in x: h, c, cache = lstm_step(x_t, h, c, params), and all three are kept in lists.",
        "np.stack turns a list of T arrays (N, H) into one array (T, N, H).",
    ),
    notes=section("Forward Propagation in LSTMs"),
    returns=("h", "c", "caches"),
    may_share=("x", "h_prev", "c_prev"),
)
