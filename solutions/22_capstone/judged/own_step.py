"""What `own_step` is judged by: nobody knows what it computes, only how a cell must act."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, pure

from lstm import random_params, sigmoid

MEASURES = "utils.gradients.invented_step:"
NEW = "it is not the LSTM of unit 06"
APART = "examples know nothing of each other"
PAST, INPUT = "what came before matters", "the input matters"
FAR = "finite and calm at pre-activations in the hundreds"


def stepped(**mistake):
    """own_step with one thing wrong; each keyword replaces one piece of the course's variant."""

    def function(x, h_prev, c_prev, params):
        m = mistake
        x, h, c = m.get("read", lambda x, h, c: (x, h, c))(x, h_prev, c_prev)
        z = {a: x @ params[f"U_{a}"] + h @ params[f"W_{a}"] + params[f"b_{a}"] for a in "figo"}
        z = m.get("mix", lambda z: z)(z)
        act = m.get("act", sigmoid)
        f, g, o = act(z["f"]), np.tanh(z["g"]), act(z["o"])
        i = m.get("input", lambda z, f: 1 - f)(z, f)
        c_new = m.get("cell", lambda f, c, i, g: f * c + i * g)(f, c, i, g)
        h_new = m.get("show", lambda o, c: o * np.tanh(c))(o, c_new)
        cache = {"x": x, "h_prev": h_prev, "c_prev": c_prev, "f": f, "g": g, "o": o, "c": c_new}
        return m.get("finish", lambda *r: r)(h_new, c_new, cache)

    return function


def own_step(x, h_prev, c_prev, params):
    return stepped()(x, h_prev, c_prev, params)


def with_free(rng, D: int, H: int, scale: float = 1.0):
    return random_params(rng, D, H, scale=scale) | {
        f"p_{a}": scale * rng.normal(size=H) for a in "fio"
    }


def groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, D: int, H: int, scale: float = 1.0) -> Args:
        return {
            "x": rng.normal(size=(N, D)),
            "h_prev": rng.uniform(-1, 1, size=(N, H)),
            "c_prev": rng.normal(size=(N, H)),
            "params": with_free(rng, D, H, scale),
        }

    def alike(args: Args, *names: str) -> Args:
        return args | {name: np.repeat(args[name][:1], len(args["x"]), axis=0) for name in names}

    def measured(name: str, measure: str, cases: list[Args], says: str, **more) -> Group:
        right = {
            "shapes": "h and c", "far_out": "h and c", "same_rows": "equal rows",
            "rows_apart": "examples that know nothing of each other", "is_new": "a variant",
            "inputs_matter": "the input matters", "states_matter": "the past matters",
        }[measure]  # fmt: skip
        return Group(name, cases, measure=MEASURES + measure, expected=[right] * len(cases),
                     says=says, **more)  # fmt: skip

    sizes = [case(3, 4, 5), case(1, 2, 3), case(4, 3, 3), case(2, 1, 1)]
    twins = case(4, 3, 5)
    for name in ("x", "h_prev", "c_prev"):
        twins[name][1] = twins[name][0]
    return [
        measured("h and c for every example", "shapes", sizes, "Return h, c, cache."),
        measured(INPUT, "inputs_matter", [alike(case(4, 3, 5), "h_prev", "c_prev")],
                 "Examples with other inputs get the same h."),
        measured(PAST, "states_matter", [alike(case(4, 3, 5), "x", "c_prev"),
                                         alike(case(4, 3, 5), "x", "h_prev")],
                 "Examples with other states get the same h."),
        measured(APART, "rows_apart", [twins],
                 "Two equal examples in one batch get different states."),
        measured(FAR, "far_out", [case(3, 4, 5, scale=300.0)],
                 "Use the sigmoid of unit 00, or a stabiliser.", kind="quiet"),
        measured(NEW, "is_new", [case(3, 4, 5), case(2, 3, 4)], "Change something.", points=2),
        pure(),
    ]  # fmt: skip


def _no_warning(function):
    def answer(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return answer


def _in_place(x, h_prev, c_prev, params):
    h, c, cache = own_step(x, h_prev, c_prev, params)
    c_prev[...] = c
    return h, c, cache


WRONG = (
    Wrong("the LSTM of unit 06", stepped(input=lambda z, f: sigmoid(z["i"])),
          "This is the LSTM of unit 06 as it is. Change something: which gate, which activation, what "
          "sees what?", costs=NEW),
    Wrong("no cache", stepped(finish=lambda h, c, cache: (h, c)),
          "You return h and c. The way back needs a third thing: a dict with what you have computed."),
    Wrong("c first", stepped(finish=lambda h, c, cache: (cache, h, c)),
          "You return the cache first. The order is h, c, cache."),
    Wrong("h alone", stepped(finish=lambda h, c, cache: h),
          "You return h alone. Three things are asked for: h, c, cache."),
    Wrong("averaged over the batch", stepped(mix=lambda z: {a: z[a] + z[a].mean(axis=0) for a in z}),
          "Your examples mix: a mean over the batch goes into every row. Then what one sentence says "
          "changes the answer about another.", costs=APART),
    Wrong("a softmax over the batch", stepped(mix=lambda z: z | {
              "g": np.exp(z["g"] - z["g"].max(axis=0)) / np.exp(z["g"] - z["g"].max(axis=0)).sum(axis=0)}),
          "Your softmax runs over the batch, axis 0. Examples must know nothing of each other: "
          "axis=1.", costs=APART),
    Wrong("the input ignored", stepped(read=lambda x, h, c: (0 * x, h, c)),
          "The input has no say: another x gives the same h.", costs=INPUT),
    Wrong("the hidden state ignored", stepped(read=lambda x, h, c: (x, 0 * h, c)),
          "The old hidden state has no say. A step that wants to do without it (as in unit 21) would "
          "be another kind of cell; here it must matter.", costs=PAST),
    Wrong("the cell state ignored", stepped(read=lambda x, h, c: (x, h, 0 * c)),
          "The old cell state has no say: nothing is kept.", costs=PAST),
    Wrong("exponential gates without a stabiliser", _no_warning(stepped(act=np.exp)),
          "Your gates are exponential and have no stabiliser: they overflow where pre-activations are "
          "in the hundreds. See exercise 21.1.", costs=FAR),
    Wrong("a sigmoid that overflows", stepped(act=lambda z: 1 / (1 + np.exp(-z))),
          "Your sigmoid, 1 / (1 + exp(-z)), overflows far to the left, and NumPy warns. Use that of "
          "unit 00.", costs=FAR),
    Wrong("states summed over units", stepped(show=lambda o, c: (o * np.tanh(c)).sum(axis=1)),
          "h is summed over the units: (N,). One number a unit is asked for: (N, H)."),
    Wrong("writes into c_prev", _in_place,
          "c_prev is another array after the call: the step before keeps its state in it.",
          costs="leaves its arguments alone"),
)  # fmt: skip


EXERCISE = Exercise(
    reference=own_step,
    groups=groups,
    wrong=WRONG,
    hints=(
        "Begin with your lstm_step of unit 06, and change one thing.",
        "Ideas: i = 1 - f; peepholes with p_f, p_i, p_o; no tanh on the way out; a gate that sees the "
        "candidate; h kept a little, as in the GRU.",
        "Put into the cache whatever your way back will ask for: x, h_prev, c_prev, the gates, c.",
    ),
    returns=("h", "c", "cache"),
    may_share=("cache",),
)
