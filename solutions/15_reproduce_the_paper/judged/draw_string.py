"""What `draw_string` is judged by."""

import itertools

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, generator
from utils.judging.chance import BESIDE
from utils.training.tasks import EMBEDDED_REBER, REBER


def draw_string(grammar, rng):
    text, state = "", "start"
    while state != "end":
        moves = grammar[state]
        symbol, state = moves[rng.integers(len(moves))]
        text += symbol
    return text


WALK = "every symbol is one that may follow, from start to end"


EVEN = "each of the moves comes equally often"


RNG = "draws from rng alone"


# moves, 40 times: a share of 20,000 is off by 0.025 with probability below 1e-10 (Hoeffding)
CHAIN = 500


def grammar_groups(rng: np.random.Generator) -> list[Group]:
    def case(grammar: dict) -> Args:
        return {"grammar": grammar, "rng": generator(rng)}

    single = {"start": [("q", "there")], "there": [("r", "end")]}
    walks = [
        *(case(REBER) for _ in range(6)),
        *(case(EMBEDDED_REBER) for _ in range(6)),
        case(single),
    ]
    chain = {f"{k}": [("a", f"{k + 1}"), ("b", f"{k + 1}")] for k in range(1, CHAIN)}
    chain |= {"start": [("a", "1"), ("b", "1")], f"{CHAIN}": [("a", "end"), ("b", "end")]}
    return [
        Group("a string", walks[:1], kind="shape"),
        Group(WALK, walks, points=2, measure="utils.training.drawn:walk",
              expected=["a walk from start to end"] * len(walks)),
        Group(EVEN, [case(chain)], measure="utils.training.drawn:move_draws", times=40,
              expected=[{"shares": np.array([0.5, 0.5])} | BESIDE], rtol=0.0, atol=0.025),
        Group(RNG, kind="pure"),
    ]  # fmt: skip


def walked(**m):
    """draw_string with one thing wrong."""

    def function(grammar, rng):
        parts, state = [], m.get("begin", "start")
        pick = m.get("pick", lambda rng, n: rng.integers(n))
        for _ in range(m.get("most", 2000)):
            if state == "end":
                break
            moves = grammar[state]
            symbol, to = moves[int(pick(rng, len(moves)))]
            if m.get("mixed"):
                to = moves[int(pick(rng, len(moves)))][1]
            parts.append(m.get("keep", lambda symbol, state, to: symbol)(symbol, state, to))
            state = to
        return m.get("finish", "".join)(parts)

    return function


def _fixed_pick(grammar, rng):
    place = rng.random()
    return walked(pick=lambda rng, n: int(place * n))(grammar, rng)


def _held(times):
    kept = []

    def pick(rng, n):
        if not kept:
            kept.extend([rng.random()] * times)
        return int(kept.pop() * n)

    return pick


def _in_turns():
    last = []

    def pick(rng, n):
        now = n - 1 - last.pop() if last and n == 2 else rng.integers(n)
        last[:] = [now] if n == 2 and not last and rng.random() < 0.9 else []
        return now

    return pick


_calls = itertools.count()  # other numbers at each call, and the same ones at each build


def _own_generator(grammar, rng):
    return draw_string(grammar, np.random.default_rng(next(_calls) % 2))


def _middle_only(grammar, rng):
    return draw_string(grammar, rng)[1:-1]


DRAW_WRONG = (
    Wrong("always the first move", walked(pick=lambda rng, n: 0),
          "You always take the first move. Choose among the moves at random, each equally often: "
          "rng.integers(n) goes from 0 to n - 1, so n is the number of moves."),
    Wrong("always the last move", walked(pick=lambda rng, n: n - 1),
          "You always take the last move. Choose among the moves at random, each equally often."),
    Wrong("the first move too often", walked(pick=lambda rng, n: int(rng.random() > 0.75) * (n > 1)),
          "The first of two moves comes far more often than the other. Each has probability 1/2.",
          costs=EVEN),
    Wrong("the first move a little too often",
          walked(pick=lambda rng, n: int(rng.random() > 0.55) * (n > 1)),
          "The first of two moves comes a little more often than the other. Each has probability 1/2.",
          costs=EVEN),
    Wrong("each draw used twice", lambda grammar, rng: walked(pick=_held(2))(grammar, rng),
          "One random number decides two moves in a row. Draw anew at every step.", costs=EVEN),
    Wrong("in turns", lambda grammar, rng: walked(pick=_in_turns())(grammar, rng),
          "A move that was not taken is taken the next time. Each draw is free of the one before.",
          costs=EVEN),
    Wrong("one lot for the whole string", _fixed_pick,
          "One random number decides all moves of the string. Draw anew at every step."),
    Wrong("symbol and state drawn apart", walked(mixed=True),
          "The symbol and the next state are drawn separately, so the walk goes where the symbol does "
          "not lead. They belong together: one draw for both."),
    Wrong("last symbol missing", lambda grammar, rng: draw_string(grammar, rng)[:-1],
          "The last symbol is missing: the move that leads to the end has a symbol too."),
    Wrong("first symbol missing", lambda grammar, rng: draw_string(grammar, rng)[1:],
          "The first symbol is missing: the move out of start has a symbol too."),
    Wrong("both ends missing", _middle_only, "The first and the last symbol are missing."),
    Wrong("names of the states", walked(keep=lambda symbol, state, to: to),
          "You collect the names of the states. The symbols are asked for."),
    Wrong("a list of symbols", walked(finish=list),
          "You return a list of symbols. \"\".join(…) makes one string of it."),
    Wrong("cut after ten symbols", walked(most=10),
          "Your string stops after ten symbols. Go on until the state is \"end\"."),
    Wrong("cut after five symbols", walked(most=5),
          "Your string stops after five symbols. Go on until the state is \"end\"."),
    Wrong("blanks between the symbols", walked(finish=" ".join),
          "There are blanks between your symbols. \"\".join(…) puts nothing between."),
    Wrong("every symbol twice", walked(keep=lambda symbol, state, to: symbol * 2),
          "Every symbol stands there twice."),
    Wrong("own randomness", _own_generator,
          "You draw from a generator of your own: the same seed gives other strings each time. Draw "
          "from the rng that is passed in.", costs=RNG),
)  # fmt: skip


EXERCISE = Exercise(
    reference=draw_string,
    groups=grammar_groups,
    wrong=DRAW_WRONG,
    hints=(
        'Begin with state = "start" and an empty string. As long as the state is not "end", take '
        "one of its moves.",
        "moves[rng.integers(len(moves))] is a move drawn at random: a symbol and the next state.",
    ),
)
