"""What drawing strings from a grammar and scoring as in the papers are judged by."""

import itertools

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong, generator
from utils.pictures.diagram import cell
from utils.training.tasks import EMBEDDED_REBER, REBER

TITLE = "Reproduce the paper"
FILES = {"cell.svg": cell(lit=("c_prev", "forget_gate", "cell_state"), title=TITLE).svg}


def draw_string(grammar, rng):
    text, state = "", "start"
    while state != "end":
        moves = grammar[state]
        symbol, state = moves[rng.integers(len(moves))]
        text += symbol
    return text


def steps_right(outputs, legal):
    lowest = np.where(legal, outputs, np.inf).min(axis=-1)
    highest = np.where(legal, -np.inf, outputs).max(axis=-1)
    return lowest > highest


def strings_right(right, lengths):
    behind = np.arange(len(right))[:, None] >= lengths
    return (right | behind).all(axis=0)


def first_error(right):
    wrong = ~right
    return np.where(wrong.any(axis=0), wrong.argmax(axis=0), len(right))


def within(outputs, targets, tolerance):
    return (np.abs(outputs - targets) < tolerance).all(axis=-1)


# --- a string from a grammar ------------------------------------------------------------------

WALK = "every symbol is one that may follow, from start to end"
EVEN = "each of the moves comes equally often"
RNG = "draws from rng alone"
CHAIN = 500  # a share of so many moves scatters by 0.022


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
        Group(EVEN, [case(chain)], measure="utils.training.drawn:move_shares", expected=[np.array([0.5, 0.5])],
              rtol=0.0, atol=0.13),
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


# --- is a step right? -------------------------------------------------------------------------

ONE, TWO = "where one symbol may follow", "where two may follow, both must be above all others"
TIE = "a tie is not right"
PURE = "leaves its arguments alone"


def step_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, K: int, count: int) -> Args:
        """Outputs of which about half are right."""
        order = rng.random((T, N, K)).argsort(axis=-1)
        legal = order < count
        outputs = rng.normal(size=(T, N, K)) + np.where(
            legal, rng.choice([0.5, 2.5], size=(T, N, 1)), 0.0
        )
        return {"outputs": outputs, "legal": legal}

    one, two = [case(6, 5, 7, 1), case(8, 4, 4, 1)], [case(6, 5, 7, 2), case(9, 4, 5, 2)]
    tie = case(4, 3, 5, 2)
    tie["outputs"] = np.where(
        tie["legal"], 1.0, rng.choice([0.0, 1.0], size=(4, 3, 5), p=[0.8, 0.2])
    )
    more = [case(1, 1, 3, 1), case(5, 1, 6, 3), case(2, 6, 3, 2)]
    negative = case(5, 3, 7, 2)
    negative["outputs"] = -50.0 + 0.1 * negative["outputs"]
    return [
        Group("True or False for every step of every string", one[:1], kind="shape"),
        Group(ONE, one),
        Group(TWO, two, points=2),
        Group(TIE, [tie]),
        Group(
            "right for every T, N and K, and for logits as well as probabilities", [*more, negative]
        ),
        Group(PURE, kind="pure"),
    ]


def _cleared(outputs, legal):
    outputs[legal] = np.where(outputs[legal] > -np.inf, outputs[legal], 0)
    right = steps_right(outputs, legal)
    outputs[~legal] -= 1.0
    return right


STEP_WRONG = (
    Wrong("one legal symbol is enough",
          lambda o, legal: np.where(legal, o, -np.inf).max(-1) > np.where(legal, -np.inf, o).max(-1),
          "You ask whether the highest output belongs to a legal symbol. Where two may follow, both "
          "must be above all that may not: compare the LOWEST legal output.", costs=TWO),
    Wrong("a tie counts",
          lambda o, legal: np.where(legal, o, np.inf).min(-1) >= np.where(legal, -np.inf, o).max(-1),
          "You count a tie as right (>=). The legal ones must be strictly above.", costs=TIE),
    Wrong("above 0.5", lambda o, legal: ((o > 0.5) == legal).all(-1),
          "You compare with a fixed threshold of 0.5. Only the order counts: every legal output above "
          "every illegal one, wherever both lie."),
    Wrong("above the mean", lambda o, legal: ((o > o.mean(-1, keepdims=True)) == legal).all(-1),
          "You compare with the mean of the outputs. Only the order counts: every legal output above "
          "every illegal one."),
    Wrong("sum of the legal ones", lambda o, legal: (o * legal).sum(-1) > (o * ~legal).sum(-1),
          "You compare sums. Every single legal output must be above every illegal one."),
    Wrong("means compared",
          lambda o, legal: np.where(legal, o, 0).sum(-1) / legal.sum(-1)
          > np.where(legal, 0, o).sum(-1) / np.maximum(1, (~legal).sum(-1)),
          "You compare means. Every single legal output must be above every illegal one."),
    Wrong("zeros for what does not count",
          lambda o, legal: np.where(legal, o, 0).min(-1) > np.where(legal, 0, o).max(-1),
          "You put 0 where a symbol does not count, and the 0 takes part in the comparison. Use inf for "
          "the minimum and -inf for the maximum."),
    Wrong("illegal above legal",
          lambda o, legal: np.where(legal, o, np.inf).min(-1) < np.where(legal, -np.inf, o).max(-1),
          "Your answer is turned round: True where the step is wrong."),
    Wrong("legal and illegal exchanged", lambda o, legal: steps_right(o, ~legal),
          "legal and illegal are exchanged: legal is True where a symbol may follow."),
    Wrong("two always", lambda o, legal: np.take_along_axis(
              legal, o.argsort(-1)[..., -2:], -1).all(-1),
          "You look at the two highest outputs. How many may follow differs from step to step: "
          "legal.sum() of them."),
    Wrong("the likeliest is legal",
          lambda o, legal: np.take_along_axis(legal, o.argmax(-1)[..., None], -1)[..., 0],
          "You ask whether the highest output belongs to a legal symbol. Where two may follow, both "
          "must be above all that may not: compare the LOWEST legal output."),
    Wrong("one answer for all", lambda o, legal: bool(steps_right(o, legal).all()),
          "You have one answer for everything. Every step of every string has its own: axis=-1."),
    Wrong("over the strings", lambda o, legal: steps_right(o, legal).all(axis=1),
          "You have one answer for each step. Every string has its own: (T, N)."),
    Wrong("over the steps", lambda o, legal: steps_right(o, legal).all(axis=0),
          "You have one answer for each string. That comes next; here every step has its own: (T, N)."),
    Wrong("share that is right", lambda o, legal: float(steps_right(o, legal).mean()),
          "You return the share of right steps. Asked for is True or False for each."),
    Wrong("numbers for truths", lambda o, legal: steps_right(o, legal).astype(float),
          "You return 0.0 and 1.0. Truth values are asked for: what a comparison gives."),
    Wrong("outputs changed", _cleared,
          "Your answer is right, but the outputs are other ones after the call.", costs=PURE),
)  # fmt: skip


# --- is a string right? -----------------------------------------------------------------------

BEHIND = "what lies behind a string's end does not count"


def string_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, p: float, full: bool = False) -> Args:
        lengths = np.full(N, T) if full else rng.integers(1, T + 1, size=N)
        right = rng.random((T, N)) < p
        right[:, 0] = True  # one that is right for certain
        for n in range(1, N, 3):
            right[: lengths[n], n] = True
        for n in range(2, N, 3):  # one whose only mistake is its last step
            right[: lengths[n], n] = np.arange(lengths[n]) < lengths[n] - 1
        return {"right": right, "lengths": lengths}

    full = [case(6, 8, 0.8, True), case(4, 5, 0.6, True)]
    padded = [case(9, 10, 0.5), case(12, 9, 0.3)]
    return [
        Group("True or False for every string", full[:1], kind="shape"),
        Group("a string is right where every step is", full),
        Group(BEHIND, padded, points=2),
        Group(
            "right for one step and for one string",
            [case(1, 4, 0.5), case(7, 1, 0.5), case(1, 1, 0.5)],
        ),
        Group(PURE, kind="pure"),
    ]


def _filled(right, lengths):
    right |= np.arange(len(right))[:, None] >= lengths
    return right.all(axis=0)


STRING_WRONG = (
    Wrong("padding counts", lambda right, lengths: right.all(axis=0),
          "What lies behind a string's end counts in your answer. Only its first `lengths` steps are "
          "the string's.", costs=BEHIND),
    Wrong("one right step is enough", lambda right, lengths: (
              right & (np.arange(len(right))[:, None] < lengths)).any(axis=0),
          "One right step is enough in your answer. A string is right where EVERY step is."),
    Wrong("last step alone", lambda right, lengths: right[lengths - 1, np.arange(len(lengths))],
          "You look at the last step alone. Every step of the string must be right."),
    Wrong("first step alone", lambda right, lengths: right[0].copy(),
          "You look at the first step alone. Every step of the string must be right."),
    Wrong("one step too few", lambda right, lengths: strings_right(right, lengths - 1),
          "The last step of each string is left out: step lengths - 1 still belongs to it (< lengths)."),
    Wrong("one step too many", lambda right, lengths: strings_right(right, lengths + 1),
          "One step behind the end counts: the string's steps are those below `lengths`."),
    Wrong("share of the steps", lambda right, lengths: (
              right & (np.arange(len(right))[:, None] < lengths)).sum(axis=0) / lengths,
          "You return the share of right steps of each string. Asked for is True or False: all of them "
          "or not."),
    Wrong("over the strings", lambda right, lengths: right.all(axis=1),
          "You run over the strings: there is one answer for each step. Time is axis 0."),
    Wrong("share that is right", lambda right, lengths: float(strings_right(right, lengths).mean()),
          "You return the share of right strings. Asked for is True or False for each."),
    Wrong("wrong behind the end", lambda right, lengths: (
              right == (np.arange(len(right))[:, None] < lengths)).all(axis=0),
          "You demand that the steps behind the end are False. They do not count, whatever they are."),
    Wrong("one answer for all", lambda right, lengths: bool(strings_right(right, lengths).all()),
          "You return one answer for all strings. Each has its own: (N,)."),
    Wrong("shortest length for all", lambda right, lengths: right[: lengths.min()].all(axis=0),
          "You cut all strings to the length of the shortest. Each has its own length."),
    Wrong("at least half", lambda right, lengths: (
              right & (np.arange(len(right))[:, None] < lengths)).sum(axis=0) > lengths / 2,
          "More than half of the steps is enough in your answer. All must be right."),
    Wrong("right changed", _filled,
          "Your answer is right, but the array `right` is another one after the call: `|=` writes into "
          "the caller's array.", costs=PURE),
)  # fmt: skip


# --- how long until the first mistake? --------------------------------------------------------

NEVER = "T where there is no mistake"


def error_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, p: float) -> Args:
        return {"right": rng.random((T, N)) < p}

    some = [case(12, 6, 0.7), case(20, 5, 0.85)]
    for c in some:
        c["right"][-1] = False  # nobody gets through
        c["right"][1, 0], c["right"][0, 0] = False, True
    never = [case(10, 7, 0.97), case(8, 3, 1.0)]
    never[0]["right"][:, 1] = True
    return [
        Group("a whole number for every stream", some[:1], kind="shape"),
        Group("the step of the first mistake", some, points=2),
        Group(NEVER, never),
        Group(
            "right for one step and for one stream",
            [case(1, 5, 0.5), case(6, 1, 0.6), case(1, 1, 0.0)],
        ),
        Group(PURE, kind="pure"),
    ]


ERROR_WRONG = (
    Wrong("0 where there is none", lambda right: (~right).argmax(axis=0),
          "argmax gives 0 where there is no mistake at all, as if the very first step were wrong. There "
          "the answer is T.", costs=NEVER),
    Wrong("-1 where there is none", lambda right: np.where(
              right.all(axis=0), -1, (~right).argmax(axis=0)),
          "You give -1 where there is no mistake. The stream went right for T steps: T.", costs=NEVER),
    Wrong("T - 1 where there is none", lambda right: np.minimum(first_error(right), len(right) - 1),
          "You give T - 1 where there is no mistake: as if the last step were wrong. T steps went "
          "right.", costs=NEVER),
    Wrong("first right step", lambda right: np.where(
              right.any(axis=0), right.argmax(axis=0), len(right)),
          "You find the first step that is RIGHT. argmax finds the first True: turn the array round, "
          "~right."),
    Wrong("last mistake", lambda right: np.where(
              right.all(axis=0), len(right), len(right) - 1 - (~right[::-1]).argmax(axis=0)),
          "You find the last mistake. The first one is asked for."),
    Wrong("number of mistakes", lambda right: (~right).sum(axis=0),
          "You count the mistakes. The step of the first one is asked for."),
    Wrong("number of right steps", lambda right: right.sum(axis=0),
          "You count the right steps, also those after a mistake. Stop at the first mistake."),
    Wrong("counted from 1", lambda right: np.where(
              right.all(axis=0), len(right), first_error(right) + 1),
          "You count steps from 1. The first step is step 0."),
    Wrong("longest run", lambda right: np.array(
              [max(map(len, "".join("01"[int(v)] for v in column).split("0"))) for column in right.T]),
          "You give the longest run without a mistake. Asked for is how long it went well from the "
          "start."),
    Wrong("over the streams", lambda right: np.where(
              right.all(axis=1), right.shape[1], (~right).argmax(axis=1)),
          "You run over the streams: there is one number for each step. Time is axis 0."),
    Wrong("first mistake of all", lambda right: int(first_error(right).min()),
          "You give one number for all streams. Each has its own: (N,)."),
    Wrong("mean over the streams", lambda right: float(first_error(right).mean()),
          "You give the mean over the streams. Each has its own number: (N,)."),
    Wrong("floats", lambda right: first_error(right).astype(float),
          "You return floating point numbers. Steps are whole numbers."),
    Wrong("right turned round", lambda right: (
              lambda answer: (np.logical_not(right, out=right), answer)[1])(first_error(right)),
          "Your answer is right, but the array is another one after the call.", costs=PURE),
)  # fmt: skip


# --- close enough -----------------------------------------------------------------------------

ALL_OUTPUTS, EDGE = (
    "every output of a sequence must be close",
    "exactly the tolerance is not close enough",
)
SIDES = "too high and too low count alike"


def within_groups(rng: np.random.Generator) -> list[Group]:
    def case(N: int, K: int, tolerance: float, sign: float = 0.0) -> Args:
        targets = np.eye(K)[rng.integers(K, size=N)] if K > 1 else rng.random((N, 1))
        gap = rng.uniform(0.1, 1.9, size=(N, K)) * tolerance
        gap[: N // 2] *= 0.5
        way = sign or rng.choice([-1.0, 1.0], size=(N, K))
        return {"outputs": targets + way * gap, "targets": targets, "tolerance": tolerance}

    # binary fractions, so that the distance is exact
    targets = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
    gap = np.array([[0.25, 0.0], [0.125, 0.125], [0.0, 0.25], [0.0, 0.0]])
    edge = {"outputs": targets + gap, "targets": targets, "tolerance": 0.25}
    return [
        Group("True or False for every sequence", [case(8, 4, 0.3)], kind="shape"),
        Group(ALL_OUTPUTS, [case(12, 4, 0.3, 1.0), case(10, 2, 0.04, 1.0)], points=2),
        Group(SIDES, [case(12, 3, 0.3, -1.0), case(14, 4, 0.3), case(12, 1, 0.04)]),
        Group(EDGE, [edge]),
        Group(PURE, kind="pure"),
    ]


def _gap_in_place(outputs, targets, tolerance):
    outputs -= targets
    return (np.abs(outputs) < tolerance).all(axis=-1)


WITHIN_WRONG = (
    Wrong("sign of the error", lambda o, t, tolerance: (o - t < tolerance).all(axis=-1),
          "You forget the absolute value: an output far too low passes.", costs=SIDES),
    Wrong("any output", lambda o, t, tolerance: (np.abs(o - t) < tolerance).any(axis=-1),
          "One close output is enough in your answer. All outputs of a sequence must be close."),
    Wrong("mean of the errors", lambda o, t, tolerance: np.abs(o - t).mean(axis=-1) < tolerance,
          "You average the errors of a sequence first. Every single output must be close."),
    Wrong("sum of the errors", lambda o, t, tolerance: np.abs(o - t).sum(axis=-1) < tolerance,
          "You add the errors of a sequence up. Each output is compared by itself."),
    Wrong("length of the error", lambda o, t, tolerance: np.linalg.norm(o - t, axis=-1) < tolerance,
          "You take the length of the error vector. Each output is compared by itself."),
    Wrong("squared error", lambda o, t, tolerance: ((o - t) ** 2 < tolerance).all(axis=-1),
          "You square the error before you compare. The distance itself is meant."),
    Wrong("the tolerance counts", lambda o, t, tolerance: (np.abs(o - t) <= tolerance).all(axis=-1),
          "You count a distance of exactly the tolerance (<=). It must be smaller.", costs=EDGE),
    Wrong("relative error", lambda o, t, tolerance: (
              np.abs(o - t) < tolerance * np.maximum(np.abs(t), 1e-12)).all(axis=-1),
          "You compare with a share of the target; where the target is 0 nothing is ever close. The "
          "distance itself is meant."),
    Wrong("rounded", lambda o, t, tolerance: (np.round(o) == np.round(t)).all(axis=-1),
          "You round and compare. The tolerance decides."),
    Wrong("largest output", lambda o, t, tolerance: o.argmax(axis=-1) == t.argmax(axis=-1),
          "You ask whether the largest output is the right one. The papers ask for more: every output "
          "within the tolerance."),
    Wrong("far for close", lambda o, t, tolerance: (np.abs(o - t) > tolerance).all(axis=-1),
          "Your comparison is turned round: True where the outputs are far off."),
    Wrong("not every one is far", lambda o, t, tolerance: (np.abs(o - t) >= tolerance).any(axis=-1),
          "Your answer is turned round: True where the sequence is wrong."),
    Wrong("an answer for each output", lambda o, t, tolerance: np.abs(o - t) < tolerance,
          "You have an answer for each output. There is one for each sequence: all of its outputs."),
    Wrong("share that is right", lambda o, t, tolerance: float(within(o, t, tolerance).mean()),
          "You return the share of right sequences. Asked for is True or False for each."),
    Wrong("outputs changed", _gap_in_place,
          "Your answer is right, but the outputs are other ones after the call: `-=` writes into the "
          "caller's array.", costs=PURE),
)  # fmt: skip


EXERCISES = [
    Exercise(
        reference=draw_string,
        groups=grammar_groups,
        wrong=DRAW_WRONG,
        hints=(
            'Begin with state = "start" and an empty string. As long as the state is not "end", take '
            "one of its moves.",
            "moves[rng.integers(len(moves))] is a move drawn at random: a symbol and the next state.",
        ),
    ),
    Exercise(
        reference=steps_right,
        groups=step_groups,
        wrong=STEP_WRONG,
        hints=(
            "Two numbers for each step: the lowest output among the legal symbols and the highest among "
            "the others.",
            "np.where(legal, outputs, np.inf) leaves only the legal ones for a minimum. With -np.inf it "
            "works the same way for the maximum.",
        ),
    ),
    Exercise(
        reference=strings_right,
        groups=string_groups,
        wrong=STRING_WRONG,
        hints=(
            "Which steps belong to a string? np.arange(T)[:, None] < lengths is True for exactly those, "
            "(T, N).",
            "A step is fine where it is right or does not belong to the string. All steps must be fine: "
            ".all(axis=0).",
        ),
    ),
    Exercise(
        reference=first_error,
        groups=error_groups,
        wrong=ERROR_WRONG,
        hints=(
            "argmax of an array of truths finds the first True. Which array is True at a mistake?",
            "Where there is no mistake argmax gives 0. np.where(there_is_one, argmax, T) puts T there.",
        ),
    ),
    Exercise(
        reference=within,
        groups=within_groups,
        wrong=WITHIN_WRONG,
        hints=(
            "The distance is np.abs(outputs - targets). It is compared with the tolerance entry by "
            "entry.",
            "One answer for each sequence: .all(axis=-1) over its outputs.",
        ),
    ),
]

QUESTIONS = [
    Question(
        name="no_forget_gate",
        text="A cell without a forget gate, c = c_prev + i ⊙ g, reads an endless stream. What happens?",
        options=(
            "Nothing: the input gate can close",
            "c grows without bound, and tanh(c) gets stuck",
            "It forgets faster",
        ),
        answers=(
            "It can close, but to learn anything new it must open, and nothing ever takes the old away.",
            "Yes: what was written can only be written over by its exact opposite. Look at the largest "
            "|c| in the table.",
            "On the contrary: it cannot forget at all.",
        ),
        right=1,
    ),
]
