"""What `min_lstm_scan` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure, writes_into

SHUT = "right where a forget gate is 0, or so small that a product of many is 0"
H0 = "h0 is kept by the product of all forget gates"
ODD = "right for every T, powers of two or not"


@composable
def scanned(**mistake):
    """min_lstm_scan with one thing wrong; each keyword replaces one piece of the right one."""

    def function(f, i, g, h0):
        m = mistake
        a, b = m.get("begin", lambda f, i, g: (f, i * g))(f, i, g)
        a, b = a.copy(), b.copy()
        b = m.get("start", _with_h0)(a, b, h0)
        reach, rounds = 1, 0
        while reach < len(a) and rounds < m.get("rounds", 99):
            a, b = m.get("combine", _combine)(a, b, reach)
            reach = m.get("grow", lambda reach: 2 * reach)(reach)
            rounds += 1
        return m.get("finish", lambda h, a, h0: h)(b, a, h0)

    return function


def _with_h0(a, b, h0):
    return np.concatenate([b[:1] + a[:1] * h0, b[1:]])


def _combine(a, b, k):
    return (
        np.concatenate([a[:k], a[k:] * a[:-k]]),
        np.concatenate([b[:k], b[k:] + a[k:] * b[:-k]]),
    )


def min_lstm_scan(f, i, g, h0):
    return scanned()(f, i, g, h0)


def loop(f, i, g, h0):
    """The truth: one step after the other."""
    h, out = h0, []
    for f_t, i_t, g_t in zip(f, i, g, strict=True):
        h = f_t * h + i_t * g_t
        out.append(h)
    return np.stack(out)


def groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, H: int, low: float = 0.3) -> Args:
        return {
            "f": rng.uniform(low, 1.0, size=(T, N, H)),
            "i": rng.uniform(0.0, 1.0, size=(T, N, H)),
            "g": rng.normal(size=(T, N, H)),
            "h0": rng.normal(size=(N, H)),
        }

    home, started, blank = case(8, 3, 4), case(6, 2, 3, low=0.8), case(5, 2, 3)
    blank["h0"] = 0 * blank["h0"]
    started["i"] = 0 * started["i"]
    shut, faint = case(40, 2, 3), case(60, 2, 3)
    z = 500.0 * rng.choice([-1.0, 1.0], size=shut["f"].shape)
    shut["f"] = 1 / (1 + np.exp(-z))  # gates of pre-activations of ±500: 10^-217 and 1
    shut["i"] = rng.choice([0.0, 1.0], size=z.shape)
    faint["f"] = np.where(rng.random(size=faint["f"].shape) < 0.2, 0.0, 1e-30)
    return [
        Group("one state for every step", [home], kind="shape"),
        Group("one step", [case(1, 3, 4)]),
        Group("two steps", [case(2, 3, 4)]),
        Group(H0, [started]),
        Group("what is written stays, and fades by the forget gates after it", [blank, home]),
        Group(ODD, [case(T, 2, 3) for T in (3, 7, 16, 17, 100)], points=2),
        Group(SHUT, [shut, faint], kind="quiet",
              says="A quotient of cumulative products breaks where a product is 0. Compose steps "
                   "instead: nothing is divided."),
        pure(),
    ]  # fmt: skip


def _divided(f, i, g, h0):
    with np.errstate(all="ignore"):
        kept = np.cumprod(f, axis=0)
        return kept * (h0 + np.cumsum(i * g / kept, axis=0))


WRONG = (
    Wrong("cumulative products, divided", _divided,
          "You divide by the cumulative product of f. After enough small gates that product is 0, and "
          "so is the numerator. Compose pairs of steps instead.", costs=SHUT),
    Wrong("one round", scanned(rounds=1),
          "You have made one round: every step knows itself and the one before. Go on with reach 2, "
          "4, 8, …, until it is T or more."),
    Wrong("two rounds", scanned(rounds=2),
          "You have made two rounds, enough for four steps. Go on until the reach is T or more."),
    Wrong("one round too few", lambda f, i, g, h0: scanned(
              rounds=max(0, int(np.ceil(np.log2(len(f)))) - 1))(f, i, g, h0),
          "The last round is missing: go on while reach < T."),
    Wrong("rounds rounded down", lambda f, i, g, h0: scanned(
              rounds=int(np.log2(len(f))))(f, i, g, h0),
          "The number of rounds is rounded down: right where T is a power of two, one too few "
          "elsewhere. Go on while reach < T.",
          costs=(ODD, H0, "what is written stays, and fades by the forget gates after it", SHUT)),
    Wrong("a is not composed", scanned(combine=lambda a, b, k: (a, _combine(a, b, k)[1])),
          "Only b is composed. After a round the a of a step stands for two steps, so it is the "
          "product of both: a[k:] * a[:-k]."),
    Wrong("a composed before b", scanned(combine=lambda a, b, k: (
              _combine(a, b, k)[0], _combine(_combine(a, b, k)[0], b, k)[1])),
          "You overwrite a and then use the new one for b. b needs the a of before the round."),
    Wrong("the earlier step's gate", scanned(combine=lambda a, b, k: (
              _combine(a, b, k)[0], np.concatenate([b[:k], b[k:] + a[:-k] * b[:-k]]))),
          "What was written earlier is multiplied by the earlier gate. It is the later one that keeps "
          "it: b[k:] + a[k:] * b[:-k]."),
    Wrong("the later write fades", scanned(combine=lambda a, b, k: (
              _combine(a, b, k)[0], np.concatenate([b[:k], a[k:] * b[k:] + b[:-k]]))),
          "The later write is multiplied by the gate, and the earlier one is kept whole. It is the "
          "other way round: b[k:] + a[k:] * b[:-k]."),
    Wrong("reach grows by one", scanned(rounds=99, grow=lambda k: k + 1),
          "The reach grows by one: 1, 2, 3. After a round every step stands for twice as many, so "
          "the reach doubles. (With +1 steps are counted twice.)"),
    Wrong("h0 left out", scanned(start=lambda a, b, h0: b),
          "h0 has no say. The first step keeps f[0] * h0: put it into b[0].", costs=H0),
    Wrong("h0 without a gate", scanned(start=lambda a, b, h0: np.concatenate([b[:1] + h0, b[1:]])),
          "h0 is added as it is. The first forget gate is applied to it: f[0] * h0."),
    Wrong("h0 added to every state", scanned(start=lambda a, b, h0: b,
                                             finish=lambda h, a, h0: h + h0),
          "h0 is added to every state, whole. It fades as everything does: by the product of all "
          "forget gates so far."),
    Wrong("h0 in every b", scanned(start=lambda a, b, h0: b + a * h0),
          "h0 is written at every step. It enters once, in b[0]."),
    Wrong("input gate left out", scanned(begin=lambda f, i, g: (f, g)),
          "The input gate has no say: b is i * g."),
    Wrong("1 - f for i", scanned(begin=lambda f, i, g: (f, (1 - f) * g)),
          "You write 1 - f of the candidate. That is the minGRU; here the input gate decides."),
    Wrong("gates divided by their sum", scanned(begin=lambda f, i, g: (
              f / (f + i + 1e-300), i / (f + i + 1e-300) * g)),
          "You divide both gates by their sum. Whoever calls may do that before; here f and i are "
          "used as they come."),
    Wrong("forget gate of the step before", scanned(begin=lambda f, i, g: (
              np.concatenate([f[:1], f[:-1]]), i * g)),
          "Step t keeps with the gate of step t - 1. It is f[t] that decides what is left of h[t-1]."),
    Wrong("a sum, nothing forgotten", lambda f, i, g, h0: h0 + np.cumsum(i * g, axis=0),
          "You add up what is written and forget nothing: f has no say."),
    Wrong("every step from h0", lambda f, i, g, h0: f * h0 + i * g,
          "Every step starts from h0. The state is carried from step to step."),
    Wrong("steps in reverse", lambda f, i, g, h0: loop(f[::-1], i[::-1], g[::-1], h0)[::-1].copy(),
          "Your states run from the last step to the first."),
    Wrong("only the last state", lambda f, i, g, h0: loop(f, i, g, h0)[-1],
          "You return the last state alone. All of them are needed: (T, N, H)."),
    Wrong("h0 among the states", lambda f, i, g, h0: np.concatenate([h0[None], loop(f, i, g, h0)]),
          "Your first state is h0. The states begin after the first step: T of them."),
    Wrong("products of the gates", lambda f, i, g, h0: np.cumprod(f, axis=0),
          "You return what is left of h0, the product of the gates; what is written is missing."),
    Wrong("writes into f", writes_into(min_lstm_scan, "f"),
          "Your values are right, but f is another array after the call: `a = f` makes no copy, and "
          "`a[k:] *= …` writes into it. Begin with f.copy().", costs=PURE),
    Wrong("writes into g", writes_into(min_lstm_scan, "g"),
          "Your values are right, but g is another array after the call. Write b = i * g, a new "
          "array.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=min_lstm_scan,
    truth=loop,
    groups=groups,
    wrong=WRONG,
    hints=(
        "Every step is the map h → a h + b with a = f and b = i * g. Two maps one after the other "
        "are such a map again: a = a2 a1, b = a2 b1 + b2.",
        "Put h0 into the first b: b[0] = b[0] + f[0] * h0. Then nothing comes before it.",
        "While reach < T: b[reach:] + a[reach:] * b[:-reach], then a[reach:] * a[:-reach], and "
        "reach doubles. The first `reach` steps stay as they are: they are finished.",
    ),
)
