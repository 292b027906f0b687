"""What `beam_search` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure
from utils.judging.wire import Make


@composable
def searched(**mistake):
    """beam_search with one thing wrong; each keyword replaces one piece of the right one."""

    def function(step, start, width, length):
        m = mistake
        state, first = start
        beams = [(m.get("zero", 0.0), [], state, first)]
        for turn in range(m.get("length", lambda n: n)(length)):
            grown = []
            for score, ids, before, last in beams:
                used = m.get("reads", lambda before, last, beams, first: (before, last))
                log_p, after = step(*used(before, last, beams, first))
                after = m.get("after", lambda before, after: after)(before, after)
                add = m.get("add", lambda score, log_p: score + log_p)
                grown += [
                    (float(add(score, log_p[k])), [*ids, k], after, k) for k in range(len(log_p))
                ]
            # what is equal but for rounding is in an order that no processor changes
            ordered = sorted(
                grown, key=lambda beam: (m.get("sign", -1) * round(beam[0], 9), beam[1])
            )
            keep = m.get("keep", lambda ordered, width, turn, K: ordered[:width])
            beams = keep(ordered, width, turn, len(log_p))
        found = [(score, ids) for score, ids, _, _ in beams]
        return m.get("finish", lambda found, first, width: found)(found, first, width)

    return function


def beam_search(step, start, width, length):
    return searched()(step, start, width, length)


GREEDY = "width 1 takes the likeliest id at each step"
WIDE = "a wide beam finds the likeliest of all"
BEAM = "the best few of all continuations go on, each with its own state"
FEW = "fewer continuations than the beam is wide"


def search_groups(rng: np.random.Generator) -> list[Group]:
    def case(K: int, width: int, length: int, H: int = 3) -> Args:
        while True:
            form = f"{rng.integers(2**31)}/{K}/{H}"
            args = {
                "step": Make("utils.networks.small_decoder:small_decoder", form),
                "start": (rng.normal(size=H), int(rng.integers(K))),
                "width": width,
                "length": length,
            }
            if width == 1 or length == 1 or _telling(form, args):
                return args

    return [
        Group("a list of (score, ids)", [case(4, 3, 4)], kind="shape"),
        Group(GREEDY, [case(4, 1, 5), case(5, 1, 3)]),
        Group(WIDE, [case(3, 27, 3)]),
        Group(BEAM, [case(4, 3, 5), case(5, 2, 4), case(4, 3, 4)], points=2),
        Group(FEW, [case(3, 7, 1), case(3, 40, 3)]),
        pure(),
    ]


def _telling(form: str, args: Args) -> bool:
    """Whether the usual mistakes show in a case: on an easy one any search finds the same."""
    from utils.networks.small_decoder import small_decoder

    rest = (args["start"], args["width"], args["length"])

    def ids(search):
        return [found[1] for found in search(small_decoder(form), *rest)]

    right = ids(beam_search)
    others = [ids(_each_its_own), ids(_one_for_each_end), ids(_late)]
    if args["width"] >= 27:
        return True
    return all(other != right for other in others)


def _each_its_own(step, start, width, length):
    """The first step spreads out, and then everyone goes on alone."""

    def keep(ordered, width, turn, K):
        if turn == 0:
            return ordered[:width]
        best = {}
        for beam in ordered:
            best.setdefault(tuple(beam[1][:-1]), beam)
        return list(best.values())

    return searched(keep=keep)(step, start, width, length)


def _one_for_each_end(step, start, width, length):
    def keep(ordered, width, turn, K):
        best = {}
        for beam in ordered:
            best.setdefault(beam[3], beam)
        return list(best.values())[:width]

    return searched(keep=keep)(step, start, width, length)


def _late(step, start, width, length):
    keep = lambda ordered, width, turn, K: ordered if turn < length - 1 else ordered[:width]  # noqa: E731
    return searched(keep=keep)(step, start, width, length)


def _shared_list(step, start, width, length):
    """ids.append: all continuations of a beam write into one list."""
    state, first = start
    beams = [(0.0, [], state, first)]
    for _ in range(length):
        grown = []
        for score, ids, before, last in beams:
            log_p, after = step(before, last)
            for k in range(len(log_p)):
                ids.append(k)
                grown.append((float(score + log_p[k]), ids, after, k))
        beams = sorted(grown, key=lambda beam: -beam[0])[:width]
    return [(score, list(ids)) for score, ids, _, _ in beams]


def _overwrites(step, start, width, length):
    found = beam_search(step, start, width, length)
    start[0][:] = 0
    return found


def _best_state(before, last, beams, first):
    return beams[0][2], last


WRONG = (
    Wrong("greedy", searched(keep=lambda ordered, width, turn, K: ordered[:1]),
          "Only the single best is kept, whatever the width. Keep the `width` best."),
    Wrong("everyone goes on alone", _each_its_own,
          "After the first step each kept sequence goes on with its own best id. All continuations of "
          "all of them compete: a good beginning may fill the whole beam."),
    Wrong("one for each last id", _one_for_each_end,
          "You keep one sequence for each last id. Two that end alike have different states: both may "
          "stay."),
    Wrong("nothing dropped on the way", _late,
          "You try every sequence and drop at the end. That is exact, and K ** length steps: keep "
          "`width` after every step."),
    Wrong("width for each sequence", searched(keep=lambda ordered, width, turn, K: [
              beam for beam in ordered if sum(b[1][:-1] == beam[1][:-1] and b[0] > beam[0]
                                              for b in ordered) < width]),
          "Each kept sequence keeps `width` continuations, so the beam grows from step to step. It is "
          "`width` of all together."),
    Wrong("the state of the best for all", searched(reads=_best_state),
          "All sequences go on from the state of the best one. Each has read something else and has a "
          "state of its own: keep it beside its ids."),
    Wrong("states never move", searched(after=lambda before, after: before),
          "The decoder starts every step from the first state. step gives the state after it: that one "
          "goes on."),
    Wrong("always reads the first id", searched(
              reads=lambda before, last, beams, first: (before, first)),
          "Every step reads the start's id. It reads the id that this sequence wrote last."),
    Wrong("worst instead of best", searched(sign=1),
          "You keep the unlikeliest. Log-probabilities are negative: the best is the largest, nearest "
          "to 0."),
    Wrong("log-probabilities multiplied", searched(zero=1.0, add=lambda s, p: s * p),
          "Scores are multiplied. Probabilities would be; their logarithms are added."),
    Wrong("only the last step counts", searched(add=lambda s, p: p),
          "A score is that of the last id alone. Add it to the score of what came before."),
    Wrong("sizes of the logarithms", searched(add=lambda s, p: s - p, sign=1),
          "Your scores have the wrong sign: a score is the sum of the log-probabilities, at most 0."),
    Wrong("probabilities instead of logarithms", searched(
              finish=lambda found, first, width: [(float(np.exp(s)), ids) for s, ids in found]),
          "You return probabilities. They become too small to be told from 0: stay with logarithms."),
    Wrong("probabilities added", searched(add=lambda s, p: s + np.exp(p)),
          "You add probabilities. They would be multiplied; add the logarithms that step gives."),
    Wrong("mean instead of sum", searched(finish=lambda found, first, width: [
              (s / max(len(ids), 1), ids) for s, ids in found]),
          "Scores are divided by the length. All sequences are equally long here: the sum is asked "
          "for."),
    Wrong("the start's id in front", searched(finish=lambda found, first, width: [
              (s, [first, *ids]) for s, ids in found]),
          "The ids begin with the start's. It was read, not written: `length` ids in all."),
    Wrong("in rising order", searched(finish=lambda found, first, width: found[::-1]),
          "The best comes last. It comes first."),
    Wrong("ids before the score", searched(finish=lambda found, first, width: [
              (ids, s) for s, ids in found]),
          "Each pair is (ids, score). It is (score, ids)."),
    Wrong("only the best", searched(finish=lambda found, first, width: found[0]),
          "You return the best alone. All that are in the beam at the end are asked for, in a list."),
    Wrong("one step too few", searched(length=lambda n: max(n - 1, 0)),
          "Your sequences have length - 1 ids."),
    Wrong("one step too many", searched(length=lambda n: n + 1),
          "Your sequences have length + 1 ids."),
    Wrong("one list for all", _shared_list,
          "All continuations share one list: `ids.append` writes into that of every other as well. "
          "Make a new one: [*ids, k]."),
    Wrong("overwrites the state it was given", _overwrites,
          "Your result is right, but the start's state is another after the call.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=beam_search,
    groups=search_groups,
    wrong=WRONG,
    hints=(
        "Keep a list of (score, ids, state, last id). It begins with one entry: 0.0, no ids, and "
        "the two parts of start.",
        "At each step, call step(state, last) for every entry, and make an entry for each of the K "
        "ids: score + log_p[k], [*ids, k], the new state, k.",
        "sorted(grown, key=…)[:width], by minus the score, keeps the best of all. In the end give "
        "back score and ids of each.",
    ),
)
