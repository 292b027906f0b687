"""What unit 14 draws: the series and its parts, forecasts, their spread, errors on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.pictures.colours import COLOURS, INK
from utils.pictures.plots import show

__all__ = ["show_forecasts", "show_on_the_way", "show_parts", "show_spread"]

Array = np.ndarray


def show_parts(when: Array, spots: Array, parts: Mapping[str, tuple[int, int]]) -> None:
    """The series (n,) over time (n,), with its parts, (start, end) by name, side by side."""
    fig, ax = plt.subplots(figsize=(9.5, 3.4))
    colours = ("hidden", "candidate", "cell")
    for (name, (start, end)), colour in zip(parts.items(), colours, strict=True):
        ax.plot(when[start:end], spots[start:end], color=COLOURS[colour], lw=0.9)
        middle = (when[start] + when[end - 1]) / 2
        ax.text(middle, 272, name, color=INK, ha="center", weight="bold")
        if start:
            ax.axvline(when[start], color=INK, lw=1, ls=":")
    ax.set(title="Sunspots, monthly means", xlabel="year", ylabel="sunspot number")
    ax.set_ylim(top=300)
    show(
        fig,
        alt=f"Monthly sunspot numbers from {int(when[0])} to {int(when[-1])}, between "
        f"{spots.min():.0f} and {spots.max():.0f}, in cycles of about eleven years of very "
        "different height. The first 70 per cent are for training, the next 10 for validation, "
        "the last 20 for the test.",
    )


def show_forecasts(when: Array, came: Array, naive: Array, lstm: Array) -> None:
    """What came (n,) in the test part, and two forecasts (n,) made 24 months earlier."""
    fig, ax = plt.subplots(figsize=(9.5, 3.6))
    ax.plot(when, came, color=COLOURS["x"], lw=0.9, label="what came")
    ax.plot(when, naive, ":", color=COLOURS["candidate"], lw=1.2, label="naive")
    ax.plot(when, lstm, color=COLOURS["cell"], lw=1.8, label="LSTM")
    ax.set(title="Two years ahead, on the test part", xlabel="year", ylabel="sunspot number")
    ax.legend(ncols=3, loc="upper right")
    ax.set_ylim(top=330)
    off = [float(np.sqrt(np.mean((forecast - came) ** 2))) for forecast in (naive, lstm)]
    show(
        fig,
        alt="Monthly sunspots of the test part with two forecasts made 24 months earlier: the "
        f"naive one is the series itself, two years late (RMSE {off[0]:.1f}); the LSTM follows the "
        f"cycles more closely ({off[1]:.1f}), and its highest forecast is {lstm.max():.0f} where "
        f"the highest month had {came.max():.0f}.",
    )


def show_spread(
    reached: Mapping[tuple[int, int], Sequence[float]], cheap: Mapping[int, Mapping[str, float]]
) -> None:
    """The LSTM's RMSE from every start beside the autoregression with the same window.

    reached: by (window, horizon), one number for each start. cheap: by horizon, then by name, with
    "AR(window)" among the names.
    """
    horizons = sorted({horizon for _, horizon in reached})
    windows = sorted({window for window, _ in reached})
    fig, axes = plt.subplots(1, len(horizons), figsize=(8.5, 3.4))
    said = []
    for ax, horizon in zip(axes, horizons, strict=True):
        for place, window in enumerate(windows):
            errors, line = reached[window, horizon], cheap[horizon][f"AR({window})"]
            ax.plot([place] * len(errors), errors, "o", color=COLOURS["cell"], alpha=0.7)
            ax.plot([place - 0.3, place + 0.3], [line, line], "--", color=COLOURS["forget"])
            said.append(
                f"window of {window}, {horizon} ahead: LSTM {min(errors):.1f} to "
                f"{max(errors):.1f}, AR {line:.1f}"
            )
        ax.set(
            title=f"{horizon} months ahead",
            xlabel="window, months",
            xticks=range(len(windows)),
            xticklabels=windows,
            xlim=(-0.6, len(windows) - 0.4),
        )
    axes[0].set_ylabel("RMSE on the test part")
    axes[-1].plot([], [], "o", color=COLOURS["cell"], label="LSTM, one start")
    axes[-1].plot([], [], "--", color=COLOURS["forget"], label="AR, same window")
    axes[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    show(fig, alt="RMSE of the LSTM from each start beside AR. " + "; ".join(said) + ".")


def show_on_the_way(every: int, validation: Array, test: Array) -> None:
    """Both errors (n,) during training, measured after every so many updates."""
    updates = every * np.arange(1, len(test) + 1)
    fig, ax = plt.subplots(figsize=(7.5, 3.6))
    curves = (validation, "validation", "candidate", "--"), (test, "test", "cell", "-")
    for curve, name, colour, style in curves:
        ax.plot(updates, curve, style, color=COLOURS[colour], label=name)
        ax.plot(updates[curve.argmin()], curve.min(), "o", color=COLOURS[colour])
    kept = int(validation.argmin())
    ax.plot(updates[kept], test[kept], "s", color=COLOURS["wrong"], label="what is reported")
    ax.set(
        title="24 months ahead: the error on the way", xlabel="updates", ylabel="RMSE (sunspots)"
    )
    ax.legend()
    show(
        fig,
        alt="Validation and test error during training. Validation is lowest "
        f"({validation.min():.1f}) after {updates[kept]} updates, where the test error is "
        f"{test[kept]:.1f}; the test error itself is lowest ({test.min():.1f}) after "
        f"{updates[test.argmin()]} updates.",
    )
