"""What `sample_next` is judged by."""

import itertools

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, generator, writes_into
from utils.judging.chance import BESIDE

from .shared import _probabilities, drawn, sample_next
from notes import section

# so many rows, and so often: a share of 4,000 draws is off by 0.06, one of 10,000 by 0.035, with a
# probability below 1e-10 (Chernoff, for the shares below)
ROWS, SOME, MANY = 200, {"times": 20, "atol": 0.06}, {"times": 50, "atol": 0.035}


OFTEN = "drawn as often as softmax says"


COLD, WARM = "a low temperature sharpens", "a high temperature flattens"


OWN_ROW = "every row draws from its own logits"


FAR = "calm at logits of ±1000"


def draw_groups(rng: np.random.Generator) -> list[Group]:
    def often(row: np.ndarray, temperature: float = 1.0) -> Args:
        """One row of logits, drawn from many times."""
        return {
            "logits": np.tile(row, (ROWS, 1)),
            "temperature": temperature,
            "rng": generator(int(rng.integers(2**31))),
        }

    def many(K: int, temperature: float = 1.0) -> Args:
        row = rng.permutation(np.linspace(-1.0, 1.5, K))
        return often(row + 0.1 * rng.normal(size=K), temperature)

    def twice(row: np.ndarray) -> Args:
        """The first half of the classes again as the other half, as likely."""
        return often(np.tile(rng.permutation(row) + 0.1 * rng.normal(size=len(row)), 2))

    def shares(cases: list[Args]) -> dict:
        expected = [_probabilities(c["logits"][0], c["temperature"]) for c in cases]
        return {"measure": "utils.training.drawn:class_shares", "expected": expected, "rtol": 0.0}

    def draws(cases: list[Args]) -> dict:
        expected = [{"shares": share} | BESIDE for share in shares(cases)["expected"]]
        return {"measure": "utils.training.drawn:class_draws", "expected": expected, "rtol": 0.0}

    def sure(logits: np.ndarray, temperature: float = 1.0) -> Args:
        return {"logits": logits, "temperature": temperature, "rng": generator(5)}

    # the second: likely characters among unlikely ones, which noise with thin tails draws too seldom
    as_they_are = [twice(np.array([-4.0, -3.0, -1.5])), twice(np.array([2.5, 0.0, 0.0]))]
    cold, warm = [many(4, 0.4)], [many(5, 4.0)]
    rows = 60.0 * np.eye(5)[rng.integers(5, size=8)] + rng.normal(size=(8, 5))
    grid = 60.0 * np.eye(4)[rng.integers(4, size=(3, 2))]
    one = 60.0 * np.eye(6)[3]
    wild = np.array(
        [[1000.0, -1000, 0, 900], [-1000, -900, -2000, -1000], [0, 800, 1000, 999.0 - 60]]
    )
    return [
        Group("one id for every row of logits", [sure(rows)], kind="shape"),
        Group(OFTEN, as_they_are, points=2, **draws(as_they_are), **MANY),
        Group(COLD, cold, **shares(cold), **SOME),
        Group(WARM, warm, **shares(warm), **SOME),
        Group(OWN_ROW, [sure(rows), sure(grid), sure(one)],
              says="Row n of the logits decides about id n. One row alone, (K,), gives one number."),
        Group(FAR, [sure(wild), sure(wild / 10, 0.1)], kind="quiet",
              says="exp overflows beyond 709: subtract each row's largest logit first, or use a way "
              "to draw that needs no exp."),
        Group("leaves its arguments alone, and draws from rng alone", kind="pure"),
    ]  # fmt: skip


def _from_logits(logits, temperature):
    shifted = logits - logits.min(axis=-1, keepdims=True) + 1e-12
    return shifted / shifted.sum(axis=-1, keepdims=True)


def _overflows(logits, temperature):
    e = np.exp(logits / temperature)
    return e / e.sum(axis=-1, keepdims=True)


_calls = itertools.count()  # other numbers at each call, and the same ones at each build


def _global_rng(logits, temperature, rng):
    return np.argmax(
        logits / temperature + np.random.default_rng(next(_calls) % 2).gumbel(size=logits.shape),
        axis=-1,
    )


def _with_opposites(rng, shape):
    u = rng.random((*shape, 1))
    if shape:
        half = shape[0] // 2
        u[shape[0] - half :] = 1 - u[:half]
    return u


def _spread_out(rng, shape):
    n = int(np.prod(shape))
    return ((rng.permutation(n) + rng.random(n)) / n).reshape(*shape, 1)


DRAW_WRONG = (
    Wrong("always the likeliest", lambda logits, temperature, rng: np.argmax(logits, axis=-1),
          "You always take the likeliest character. A text written like that runs in circles: draw "
          "each with its probability."),
    Wrong("all alike", drawn(lambda logits, temperature: np.full_like(logits, 1 / logits.shape[-1])),
          "You draw every character with the same probability: the logits play no part."),
    Wrong("temperature ignored", drawn(lambda logits, temperature: _probabilities(logits)),
          "The temperature changes nothing. Divide the logits by it, before the softmax: added to them, or "
          "dividing the probabilities, it cancels."),
    Wrong("multiplied by the temperature",
          drawn(lambda logits, temperature: _probabilities(logits, 1 / temperature)),
          "You multiply by the temperature, so a low one flattens and a high one sharpens. The logits "
          "are divided by it."),
    Wrong("root of the temperature",
          drawn(lambda logits, temperature: _probabilities(logits, temperature**0.5)),
          "The logits are divided by the root of the temperature. Divide by the temperature itself."),
    Wrong("square of the temperature",
          drawn(lambda logits, temperature: _probabilities(logits, temperature**2)),
          "The temperature acts twice: once on the logits and once more on the probabilities. Once is "
          "enough."),
    Wrong("logits as probabilities", drawn(_from_logits),
          "You use the logits themselves, shifted and scaled to sum to 1, as probabilities. They go "
          "through softmax first."),
    Wrong("softmax of the probabilities",
          drawn(lambda logits, temperature: _probabilities(_probabilities(logits, temperature))),
          "softmax is applied twice: the probabilities go through it again and come out nearly equal."),
    Wrong("sign turned", drawn(lambda logits, temperature: _probabilities(-logits, temperature)),
          "The sign of the logits is turned: you draw the unlikely characters most."),
    Wrong("one id too high", drawn(pick=lambda ids, logits: (ids + 1) % logits.shape[-1]),
          "Your ids are one too high: the first place where the sum of the probabilities exceeds the "
          "random number is the id."),
    Wrong("one id too low", drawn(pick=lambda ids, logits: (ids - 1) % logits.shape[-1]),
          "Your ids are one too low."),
    Wrong("one random number for all rows", drawn(u=lambda rng, shape: rng.random()),
          "All rows use the same random number: rows with equal logits always get the same character. "
          "Draw one for each row."),
    Wrong("rows drawn in pairs", drawn(u=lambda rng, shape: np.repeat(
              rng.random((*shape, 1)), 2, axis=0)[: shape[0]] if shape else rng.random((1,))),
          "Each random number serves two rows. Draw one for each row.", costs=OFTEN),
    Wrong("a random number and its opposite", drawn(u=lambda rng, shape: _with_opposites(rng, shape)),
          "The second half of your rows uses 1 minus the random numbers of the first, so the two "
          "halves know of each other. Draw one for each row.", costs=OFTEN),
    Wrong("as often as can be", drawn(u=lambda rng, shape: _spread_out(rng, shape)),
          "Your random numbers are spread evenly over the rows, so the shares come out nearly exact "
          "every time: rows know of each other. Draw each row by itself.", costs=OFTEN),
    Wrong("softmax over the rows",
          drawn(lambda logits, temperature: _probabilities(
              logits.T, temperature).T if logits.ndim == 2 else _probabilities(logits, temperature)),
          "Your softmax runs over the rows, not over the classes: axis=-1."),
    Wrong("only the first row", lambda logits, temperature, rng: np.broadcast_to(
              sample_next(logits.reshape(-1, logits.shape[-1])[0], temperature, rng),
              logits.shape[:-1]).copy(),
          "All rows get the character drawn for the first one."),
    Wrong("probabilities returned", lambda logits, temperature, rng: _probabilities(logits, temperature),
          "You return the probabilities. Asked for is an id, drawn with them."),
    Wrong("exp overflows", drawn(_overflows),
          "Right for tame logits, but exp(1000) overflows. Subtract each row's largest logit first, as "
          "in unit 07.", costs=FAR),
    Wrong("noise of another kind", lambda logits, temperature, rng: np.argmax(
              logits / temperature + rng.normal(size=logits.shape), axis=-1),
          "You add normal noise to the logits and take the largest. That draws, but not as often as "
          "softmax says: the noise must be Gumbel's, rng.gumbel."),
    Wrong("first place below", lambda logits, temperature, rng: (
              lambda p: (p.cumsum(axis=-1) < rng.random((*logits.shape[:-1], 1))).argmax(axis=-1))(
              _probabilities(logits, temperature)),
          "You look for the first place where the sum of the probabilities is BELOW the random number: "
          "that is always the first. Look for the first where it exceeds it."),
    Wrong("one-hot rows", lambda logits, temperature, rng: np.eye(logits.shape[-1])[
              sample_next(logits, temperature, rng)],
          "You return one-hot rows (rng.multinomial gives such). The id is asked for: argmax over the "
          "last axis."),
    Wrong("own randomness", _global_rng,
          "You draw from a generator of your own: the same seed gives other texts each time. Draw from "
          "the rng that is passed in.", costs="leaves its arguments alone, and draws from rng alone"),
    Wrong("logits changed", writes_into(sample_next, "logits"),
          "Your ids are right, but the logits are other ones after the call: `/=` writes into the "
          "caller's array.", costs="leaves its arguments alone, and draws from rng alone"),
)  # fmt: skip


EXERCISE = Exercise(
    reference=sample_next,
    groups=draw_groups,
    wrong=DRAW_WRONG,
    hints=(
        "Divide the logits by the temperature, then softmax: these are the probabilities.",
        "Draw a number between 0 and 1 for each row. The id is the first place where the sum of "
        "the probabilities up to there exceeds it: cumsum, a comparison, argmax.",
        "Or, in one line and without exp: add rng.gumbel(size=logits.shape) to the tempered logits "
        "and take the argmax. It draws with exactly the probabilities of the softmax.",
    ),
    notes=section("Final Output"),
)
