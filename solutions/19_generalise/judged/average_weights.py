"""What `average_weights` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, composable, pure


@composable
def averaged(**mistake):
    """average_weights with one thing wrong; each keyword replaces one piece of the right one."""

    def function(history, last):
        m = mistake
        chosen = m.get("choose", lambda history, last: history[-last:])(history, last)
        mean = m.get("mean", lambda arrays, last, total: np.mean(arrays, axis=0))
        names = m.get("names", lambda first: list(first))(history[0])
        params = {
            name: mean(np.array([params[name] for params in chosen]), last, len(history))
            for name in names
        }
        return m.get("finish", lambda params: params)(params)

    return function


def average_weights(history, last):
    return averaged()(history, last)


MEAN, ONE, FEW = "the mean of the last ones", "last = 1 gives the newest", "fewer than `last`: all"


def average_groups(rng: np.random.Generator) -> list[Group]:
    def case(length: int, last: int) -> Args:
        shapes = {"U_f": (3, 4), "b_f": (4,), "V": (4, 4)}
        history = [{n: rng.normal(size=s) for n, s in shapes.items()} for _ in range(length)]
        return {"history": history, "last": last}

    return [
        Group("a dict with the same names and shapes", [case(7, 3)], kind="shape"),
        Group(MEAN, [case(7, 3), case(6, 4), case(5, 2)], points=2),
        Group("all of them", [case(4, 4)]),
        Group(ONE, [case(5, 1), case(1, 1)]),
        Group(FEW, [case(2, 5), case(3, 4)]),
        pure(),
    ]


def _in_place(history, last):
    """The newest is used to add up in."""
    result = average_weights(history, last)
    for name, array in history[-1].items():
        array[...] = result[name]
    return result


def _share(history, last):
    return dict(history[-1]) if last == 1 else average_weights(history, last)


WRONG = (
    Wrong("the first instead of the last", averaged(choose=lambda h, last: h[:last]),
          "You average the first ones. The history grows at its end: the last ones are history[-last:]."),
    Wrong("all of them", averaged(choose=lambda h, last: h),
          "You average the whole history. The early weights had learned nothing yet: take the last ones "
          "alone."),
    Wrong("the newest only", averaged(choose=lambda h, last: h[-1:]),
          "You return the newest weights. Average them with those before."),
    Wrong("one too many", averaged(choose=lambda h, last: h[-last - 1 :]),
          "You average one too many: history[-last:] has `last` entries."),
    Wrong("one too few", averaged(choose=lambda h, last: h[-last + 1 :] if last > 1 else h[-1:]),
          "You average one too few: history[-last:] has `last` entries."),
    Wrong("without the newest", averaged(choose=lambda h, last: h[-last - 1 : -1] or h[:1]),
          "The newest weights are left out: history[-last:] goes to the end."),
    Wrong("from index last on", averaged(choose=lambda h, last: h[last:] or h),
          "You leave out the first `last` and average the rest. The last ones are history[-last:], with "
          "a minus."),
    Wrong("sum instead of mean", averaged(mean=lambda a, last, total: a.sum(axis=0)),
          "You add the weights up. Divide by how many there are."),
    Wrong("divided by the whole history", averaged(mean=lambda a, last, total: a.sum(axis=0) / total),
          "You divide by the length of the whole history. Divide by how many you have added."),
    Wrong("always divided by last", averaged(mean=lambda a, last, total: a.sum(axis=0) / last),
          "You divide by `last` where there are fewer: the weights come out too small. Divide by how "
          "many you have added.", costs=FEW),
    Wrong("median", averaged(mean=lambda a, last, total: np.median(a, axis=0)),
          "You take the median. The mean is asked for."),
    Wrong("first and last only", averaged(mean=lambda a, last, total: (a[0] + a[-1]) / 2),
          "You average the oldest and the newest of them. All in between count as well."),
    Wrong("the later count more", averaged(mean=lambda a, last, total: np.average(
              a, axis=0, weights=np.arange(1, len(a) + 1))),
          "The later ones count more. All count alike here."),
    Wrong("running mean by halves", averaged(mean=lambda a, last, total: _halves(a)),
          "(mean + new) / 2, again and again, halves the weight of the old ones each time. Add up, then "
          "divide once."),
    Wrong("one number for each array", averaged(mean=lambda a, last, total: np.full(
              a.shape[1:], a.mean())),
          "All entries of an array are averaged into one. Each weight is averaged with itself: axis=0."),
    Wrong("matrices only", averaged(names=lambda first: [n for n in first if first[n].ndim > 1]),
          "The biases are missing in your dict. All weights are averaged."),
    Wrong("root of the mean square", averaged(mean=lambda a, last, total: np.sqrt((a**2).mean(axis=0))),
          "You average the squares, which loses the signs. The plain mean is asked for."),
    Wrong("a list", averaged(finish=lambda params: list(params.values())),
          "You return a list of arrays. A dict with the same names is asked for."),
    Wrong("adds up in the newest", _in_place,
          "Your values are right, but the newest weights in the history hold the mean after the call. "
          "Make new arrays.", costs=PURE),
    Wrong("hands out the newest itself", _share,
          "With last = 1 you return the very arrays of the history: whoever trains on changes both. "
          "Make new arrays.", costs=PURE),
)  # fmt: skip


def _halves(arrays):
    mean = arrays[0]
    for array in arrays[1:]:
        mean = (mean + array) / 2
    return mean


EXERCISE = Exercise(
    reference=average_weights,
    groups=average_groups,
    wrong=WRONG,
    hints=(
        "history[-last:] are the newest; where there are fewer, Python gives all.",
        "For each name: the sum of params[name] over them, divided by their number.",
        "{name: np.mean([params[name] for params in newest], axis=0) for name in newest[0]}",
    ),
)
