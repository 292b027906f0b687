"""What `slstm_step` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

from lstm import random_params, sigmoid

FAR = "right at pre-activations of ±500"
FIRST = "the first step: nothing was written before, m_prev is -inf"
RATIO = "h is o times the weighted mean c / n"
M = "m is the larger of the two exponents"


@composable
def slstm(**mistake):
    """slstm_step with one thing wrong; each keyword replaces one piece of the right one."""

    def function(x, h_prev, c_prev, n_prev, m_prev, params):
        m = mistake
        drop = m.get("drop", "")
        z = {
            a: (0 if drop == "x" else x @ params[f"U_{a}"])
            + (0 if drop == "h" else h_prev @ m.get("turn", lambda W: W)(params[f"W_{a}"]))
            + m.get("bias", 1) * params[f"b_{a}"]
            for a in "figo"
        }
        if m.get("exchange"):
            z["f"], z["i"] = z["i"], z["f"]
        o, g = m.get("o_act", sigmoid)(z["o"]), m.get("g_act", np.tanh)(z["g"])
        top = m.get("top", lambda f, i, m_prev: np.maximum(f + m_prev, i))(z["f"], z["i"], m_prev)
        gates = m.get(
            "gates", lambda f, i, m_prev, top: (np.exp(f + m_prev - top), np.exp(i - top))
        )
        f, i = gates(z["f"], z["i"], m_prev, top)
        c = m.get("cell", lambda f, c, i, g: f * c + i * g)(f, c_prev, i, g)
        n = m.get("norm", lambda f, n, i, g: f * n + i)(f, n_prev, i, g)
        h = m.get("show", lambda o, c, n: o * c / n)(o, c, n)
        return m.get("finish", lambda *r: r)(h, c, n, top)

    return function


def slstm_step(x, h_prev, c_prev, n_prev, m_prev, params):
    return slstm()(x, h_prev, c_prev, n_prev, m_prev, params)


def groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, D: int, H: int, first: bool = False, scale: float = 1.0) -> Args:
        n = rng.uniform(0.5, 2.0, size=(N, H))
        args = {
            "x": rng.normal(size=(N, D)),
            "h_prev": rng.uniform(-1, 1, size=(N, H)),
            "c_prev": n * rng.uniform(-0.9, 0.9, size=(N, H)),
            "n_prev": n,
            "m_prev": rng.normal(size=(N, H)),
            "params": random_params(rng, D, H, scale=scale),
        }
        if first:
            zero = np.zeros((N, H))
            args |= {"h_prev": zero, "c_prev": zero, "n_prev": zero.copy()}
            args["m_prev"] = np.full((N, H), -np.inf)
        return args

    def far(N: int, H: int, first: bool) -> Args:
        """Every pre-activation is +500 or -500, or near it."""
        args = case(N, 3, H, first, scale=0.1)
        for gate in "figo":
            args["params"][f"b_{gate}"] = 500.0 * rng.choice([-1.0, 1.0], size=H)
        args["params"]["b_o"] = rng.normal(size=H)
        if not first:  # a memory that has been written at large exponents
            args["m_prev"] = rng.uniform(300, 600, size=(N, H)) * rng.choice([-1, 1], size=(N, H))
        # one unit of each kind at least
        args["params"]["b_f"][:4] = 500, 500, -500, -500
        args["params"]["b_i"][:4] = 500, -500, 500, -500
        return args

    home = case(3, 4, 5)
    return [
        Group("four states, in their shapes", [home], kind="shape"),
        Group(FIRST, [case(3, 4, 5, first=True)], kind="quiet"),
        Group(M, [home], parts=("m",)),
        Group("c and n are kept by the same gate", [home], parts=("c", "n")),
        Group(RATIO, [home, case(3, 4, 5)], parts=("h",)),
        Group(FAR, [far(3, 6, False), far(2, 5, True)], points=2, kind="quiet",
              says="Every exponent that goes into exp must be 0 or less: subtract m first."),
        Group("right for every N, D and H", [case(1, 2, 3), case(2, 1, 1), case(3, 3, 3)]),
        pure(),
    ]  # fmt: skip


def _naive(f, i, m_prev, top):
    with np.errstate(all="ignore"):
        return np.exp(f), np.exp(i)


def _quiet(function):
    def answer(*args):
        with np.errstate(all="ignore"):
            return function(*args)

    return answer


WRONG = (
    Wrong("no stabiliser", _quiet(slstm(gates=_naive, top=lambda f, i, m: 0 * f)),
          "Your gates are exp of the pre-activations as they are: at 500 that is 10^217, and the next "
          "step overflows. Take m = max(f~ + m_prev, i~) away from both exponents first."),
    Wrong("m computed and not used", slstm(gates=_naive),
          "You compute m and do not use it: the gates are exp(f~ + m_prev - m) and exp(i~ - m)."),
    Wrong("m_prev left out of the forget gate",
          _quiet(slstm(gates=lambda f, i, m_prev, top: (np.exp(f - top), np.exp(i - top)))),
          "c_prev and n_prev were stored divided by exp(m_prev). Your forget gate does not put that "
          "back: exp(f~ + m_prev - m)."),
    Wrong("m without m_prev", _quiet(slstm(top=lambda f, i, m_prev: np.maximum(f, i))),
          "Your m is max(f~, i~). What is kept carries the old exponent with it: max(f~ + m_prev, i~)."),
    Wrong("m is the smaller one", _quiet(slstm(top=lambda f, i, m_prev: np.minimum(f + m_prev, i))),
          "You take the smaller of the two exponents: then the other gate is exp of something "
          "positive and may overflow. Take the larger."),
    Wrong("m of the whole array", _quiet(slstm(
              top=lambda f, i, m_prev: np.full_like(f, np.maximum(f + m_prev, i).max()))),
          "You take one maximum for all units and examples. Each has an m of its own: np.maximum, "
          "entry by entry."),
    Wrong("m is the sum", _quiet(slstm(top=lambda f, i, m_prev: f + m_prev + i)),
          "Your m is a sum. It is the larger one of f~ + m_prev and i~: np.maximum."),
    Wrong("sigmoid forget gate", _quiet(slstm(
              top=lambda f, i, m_prev: np.maximum(-np.logaddexp(0, -f) + m_prev, i),
              gates=lambda f, i, m_prev, top: (np.exp(-np.logaddexp(0, -f) + m_prev - top),
                                               np.exp(i - top)))),
          "Your forget gate is a sigmoid. The paper allows that as well; here both gates are "
          "exponential: the exponent is f~ itself."),
    Wrong("sigmoid gates", slstm(gates=lambda f, i, m_prev, top: (sigmoid(f), sigmoid(i))),
          "Your forget and input gates are sigmoids, as in the LSTM. Here they are exponential: "
          "exp(f~ + m_prev - m) and exp(i~ - m)."),
    Wrong("exponential output gate", _quiet(slstm(o_act=np.exp)),
          "Your output gate is exponential. Only f and i are; o is a sigmoid as before.",
          costs=(RATIO, FIRST, FAR, "right for every N, D and H")),
    Wrong("tanh of c / n", slstm(show=lambda o, c, n: o * np.tanh(c / n)),
          "You take tanh of c / n. The mean of numbers in (-1, 1) needs no tanh: h = o * c / n.",
          costs=(RATIO, FIRST, FAR, "right for every N, D and H")),
    Wrong("tanh of c, as in the LSTM", slstm(show=lambda o, c, n: o * np.tanh(c)),
          "h is made as in the LSTM, o * tanh(c). Exponential gates have no bound, so c is divided by "
          "the sum of its weights: o * c / n."),
    Wrong("not divided by n", slstm(show=lambda o, c, n: o * c),
          "n is missing in h: c is a sum with weights, n the sum of the weights, and h = o * c / n."),
    Wrong("n counts the candidate too", slstm(norm=lambda f, n, i, g: f * n + i * g),
          "Your n adds i * g. n is the sum of the weights alone: f * n_prev + i."),
    Wrong("n not kept", slstm(norm=lambda f, n, i, g: n + i),
          "n is not multiplied by the forget gate. What is forgotten in c is forgotten in n: "
          "f * n_prev + i."),
    Wrong("n at least 1", slstm(show=lambda o, c, n: o * c / np.maximum(n, 1)),
          "You divide by max(n, 1). That belongs to the mLSTM; here it is n."),
    Wrong("no activation of the candidate", slstm(g_act=lambda z: z),
          "The candidate is the pre-activation as it is; it is tanh of it."),
    Wrong("forget and input exchanged", slstm(exchange=True),
          "The forget gate uses the input gate's weights and the other way round."),
    Wrong("hidden state ignored", slstm(drop="h"),
          "h_prev reaches no gate: the terms h_prev @ W are missing. They are what minLSTM gives up; "
          "an sLSTM has them."),
    Wrong("input ignored", slstm(drop="x"), "x reaches no gate: the terms x @ U are missing."),
    Wrong("bias missing", slstm(bias=0), "The biases are missing."),
    Wrong("W transposed", slstm(turn=lambda W: W.T),
          "The W are transposed. They are square, so no shape complains: h_prev @ W."),
    Wrong("n and m exchanged", slstm(finish=lambda h, c, n, m: (h, c, m, n)),
          "n and m have changed places in what you return: h, c, n, m."),
    Wrong("c returned first", slstm(finish=lambda h, c, n, m: (c, h, n, m)),
          "c and h have changed places in what you return: h, c, n, m."),
    Wrong("writes into c_prev", writes_into(slstm_step, "c_prev"),
          "Your values are right, but c_prev is another array after the call: `*=` and `+=` write "
          "into the caller's array.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=slstm_step,
    groups=groups,
    wrong=WRONG,
    hints=(
        "Four pre-activations as in unit 06, then o and g as in the LSTM.",
        "The two exponents are f~ + m_prev and i~. m is the larger one, entry by entry: np.maximum.",
        "f = np.exp(f~ + m_prev - m), i = np.exp(i~ - m); then c, n, and h = o * c / n.",
    ),
    returns=("h", "c", "n", "m"),
)
