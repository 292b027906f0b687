"""What `beats_baseline` is judged by."""

import numpy as np

from autograder.authoring import (
    PURE,
    Args,
    Exercise,
    Group,
    Wrong,
    composable,
    generator,
    pure,
    writes_into,
)

DIFFERENCE, INTERVAL = (
    "the mean difference, below 0 where the model is better",
    "a 95 % interval of it",
)
PAIRED, VERDICT = "pairs stay together", "beats only where the whole interval is below 0"
DRAWS = 1000


@composable
def bootstrapped(**mistake):
    """beats_baseline with one thing wrong."""

    def function(losses, baseline_losses, rng):
        m = mistake
        d = m.get("pairs", lambda a, b: a - b)(losses, baseline_losses)
        n = len(d)
        means = m.get("draw", _means)(d, losses, baseline_losses, rng)
        low, high = m.get("ends", lambda v: np.quantile(v, [0.025, 0.975]))(means)
        difference = m.get("middle", lambda d, means: d.mean())(d, means)
        beats = m.get("verdict", lambda diff, low, high, n: high < 0)(difference, low, high, n)
        return m.get("finish", lambda *r: r)(
            bool(beats), float(difference), float(low), float(high)
        )

    return function


def _means(d, losses, base, rng):
    return d[rng.integers(len(d), size=(DRAWS, len(d)))].mean(axis=1)


def beats_baseline(losses, baseline_losses, rng):
    return bootstrapped()(losses, baseline_losses, rng)


def groups(rng: np.random.Generator) -> list[Group]:
    def case(n: int, better: float, spread: float = 0.2, apart: float = 2.0) -> Args:
        """Examples of unequal difficulty (apart); the model is better by `better` on average."""
        hard = apart * rng.gamma(2.0, size=n)
        d = spread * rng.normal(size=n)
        d += -better - d.mean()
        return {"losses": hard + d, "baseline_losses": hard.copy(), "rng": generator(rng)}

    home, worse = case(60, 0.15), case(60, -0.15)
    close, level, skew = case(60, 0.02), case(60, -0.02), case(40, 0.1)
    tail = rng.exponential(size=40)
    skew["losses"] = skew["baseline_losses"] + 0.6 * (tail - tail.mean()) / tail.std() - 0.1
    # sorted by the difference, so that who draws some places more often than others misses
    in_order = case(200, 0.1, spread=0.3)
    order = np.argsort(in_order["losses"] - in_order["baseline_losses"])
    for name in ("losses", "baseline_losses"):
        in_order[name] = in_order[name][order]
    # the difference is certain example by example, and lost where the pairs are torn apart
    paired = [case(50, 0.1, spread=0.05, apart=3.0), case(80, 0.05, spread=0.05, apart=5.0)]
    near = {"rtol": 0.0}
    return [
        Group("a truth value and three numbers", [home], kind="shape"),
        Group(DIFFERENCE, [home, worse, close], parts=("difference",)),
        Group(INTERVAL, [home, worse, skew, in_order], parts=("low", "high"), atol=0.02, **near, points=2),
        Group(PAIRED, paired, parts=("low", "high"), atol=0.006, **near, points=2,
              says="Draw examples, and take both losses of each: the interval of the differences."),
        Group(VERDICT, [home, worse, close, level, skew, *paired], parts=("beats",)),
        pure(),
    ]  # fmt: skip


def _torn(d, losses, base, rng):
    n = len(d)
    one, two = rng.integers(n, size=(DRAWS, n)), rng.integers(n, size=(DRAWS, n))
    return losses[one].mean(axis=1) - base[two].mean(axis=1)


def _without_return(d, losses, base, rng):
    return np.array([rng.permutation(d).mean() for _ in range(DRAWS)])


def _singles(d, losses, base, rng):
    return rng.choice(d, size=DRAWS)


def _of_losses(d, losses, base, rng):
    return losses[rng.integers(len(d), size=(DRAWS, len(d)))].mean(axis=1)


def _relative(losses, base):
    return (losses - base) / base


WRONG = (
    Wrong("torn pairs", bootstrapped(draw=_torn),
          "You draw the model's examples and the baseline's separately. Then it matters which of the "
          "two happened to get the hard examples. Draw examples once, and take both losses of each."),
    Wrong("baseline minus model", bootstrapped(pairs=lambda a, b: b - a),
          "Your difference is baseline minus model. Asked is model minus baseline: below 0 is better."),
    Wrong("baseline minus model, verdict turned too", bootstrapped(
              pairs=lambda a, b: b - a, verdict=lambda d, low, high, n: low > 0),
          "Your difference is baseline minus model, and the verdict fits it. Asked is model minus "
          "baseline: below 0 is better, and beats means high < 0."),
    Wrong("drawn without replacement", bootstrapped(draw=_without_return),
          "You draw without replacement: every resample is the same examples in another order, and the "
          "interval has no width. Draw with replacement."),
    Wrong("single differences", bootstrapped(draw=_singles),
          "Your interval is that of single differences: how much examples differ. Asked is how far the "
          "MEAN is uncertain: draw n examples and average, a thousand times."),
    Wrong("quantiles of the differences", bootstrapped(draw=lambda d, a, b, rng: d),
          "You take quantiles of the differences themselves. Asked is how far their MEAN is uncertain: "
          "resample, average, and take quantiles of the means."),
    Wrong("90 % interval", bootstrapped(ends=lambda v: np.quantile(v, [0.05, 0.95])),
          "Your quantiles are 5 and 95 %: an interval of 90 %. For 95 % cut off 2.5 % at each end."),
    Wrong("lowest and highest resample", bootstrapped(ends=lambda v: (v.min(), v.max())),
          "You take the lowest and the highest of all means; that grows with the number of draws. Take "
          "the quantiles 2.5 and 97.5 %."),
    Wrong("one standard deviation", bootstrapped(ends=lambda v: (v.mean() - v.std(), v.mean() + v.std())),
          "Your interval is one standard deviation to each side, about 68 %. Take the quantiles 2.5 and "
          "97.5 %."),
    Wrong("half as many drawn", bootstrapped(draw=lambda d, a, b, rng: d[
              rng.integers(len(d), size=(DRAWS, len(d) // 2))].mean(axis=1)),
          "Your resamples have half as many examples, so the interval is too wide. Draw n of n."),
    Wrong("ten times as many drawn", bootstrapped(draw=lambda d, a, b, rng: d[
              rng.integers(len(d), size=(DRAWS, 10 * len(d)))].mean(axis=1)),
          "Your resamples have more examples than there are, so the interval is too narrow. Draw n of "
          "n."),
    Wrong("resampled medians", bootstrapped(draw=lambda d, a, b, rng: np.median(
              d[rng.integers(len(d), size=(DRAWS, len(d)))], axis=1)),
          "You take medians of the resamples. The loss that is reported is a mean."),
    Wrong("interval of the model alone", bootstrapped(draw=_of_losses),
          "Your interval is that of the model's mean loss. Asked is the difference to the baseline."),
    Wrong("in per cent of the baseline", bootstrapped(pairs=_relative),
          "You divide by the baseline's loss. The difference is asked for as it is."),
    Wrong("the verdict from the mean", bootstrapped(verdict=lambda d, low, high, n: d < 0),
          "You say that the model is better where the mean difference is below 0. It may be chance: the "
          "whole interval must be below 0.", costs=VERDICT),
    Wrong("the verdict from the lower end", bootstrapped(verdict=lambda d, low, high, n: low < 0),
          "You look at the lower end. The whole interval must be below 0: high < 0.", costs=VERDICT),
    Wrong("any clear difference", bootstrapped(verdict=lambda d, low, high, n: high < 0 or low > 0),
          "You say True for every clear difference, for the worse as well. beats is high < 0.",
          costs=VERDICT),
    Wrong("ends exchanged", bootstrapped(ends=lambda v: np.quantile(v, [0.975, 0.025]),
                                         verdict=lambda d, low, high, n: low < 0),
          "low and high have changed places."),
    Wrong("the mean of the resamples", bootstrapped(middle=lambda d, means: means.mean()),
          "Your difference is the mean of the resampled means, another number at every draw. It is the "
          "mean of the differences themselves.", costs=DIFFERENCE),
    Wrong("the verdict last", bootstrapped(finish=lambda b, d, low, high: (d, low, high, b)),
          "You return the verdict last. The order is beats, difference, low, high."),
    Wrong("the interval alone", bootstrapped(finish=lambda b, d, low, high: (low, high)),
          "You return the interval alone. Asked is beats, difference, low, high."),
    Wrong("subtracts in place", writes_into(beats_baseline, "losses"),
          "Your values are right, but losses is another array after the call: `-=` writes into it.",
          costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=beats_baseline,
    groups=groups,
    wrong=WRONG,
    hints=(
        "d = losses - baseline_losses, one number an example. From here on there are only pairs.",
        "rows = rng.integers(n, size=(1000, n)); d[rows] is (1000, n): a thousand resamples.",
        "np.quantile(means, [0.025, 0.975]) gives low and high; beats is high < 0, as a bool.",
    ),
    returns=("beats", "difference", "low", "high"),
)
