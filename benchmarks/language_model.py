"""Unit 13's networks over several seeds, beside counting.

    .venv/bin/python benchmarks/language_model.py [UPDATES ...] [--seeds 3] [--names]
    [--units 192] [--streams 16] [--steps 32] [--lr 0.01] [--choose]

The unit's recipe by default: 9,000 updates on the plays, one thread, float32, Adam down to 0 by a
cosine. Each number of updates is a run of its own, since the learning rate must have reached 0 at
its end. Loss in nats per character of the text's last tenth, with processor and wall time.

--names: the first names, with the unit's recipe for them. --choose: what the recipes were chosen
by. The network is trained on the first eight tenths and judged by the ninth; the last tenth is not
looked at, and counting is done in the same way.
"""

from __future__ import annotations

from utils.threads import one_thread

one_thread()

import argparse  # noqa: E402 - the number of threads is read when NumPy is imported
from time import perf_counter, process_time  # noqa: E402

import numpy as np  # noqa: E402

from autograder.authoring.exercise import load_unit  # noqa: E402
from autograder.course import root  # noqa: E402
from utils.data import names, shakespeare  # noqa: E402
from utils.networks.lstm import LSTM  # noqa: E402
from utils.networks.ngram import ngram_losses  # noqa: E402
from utils.training.train import Adam, clip  # noqa: E402

Array = np.ndarray
RECIPES = {  # by whether it is the names
    False: {"updates": [9000], "units": 192, "streams": 16, "steps": 32, "lr": 0.01},
    True: {"updates": [1200], "units": 96, "streams": 8, "steps": 16, "lr": 0.015},
}
generate = load_unit(root() / "solutions" / "13_language_model").exercises["generate"].reference


def windows(ids: Array, n_streams: int, T: int) -> tuple[Array, Array]:
    """Inputs and targets (windows, T, n_streams): each stream is one piece of the text."""
    length = (len(ids) - 1) // n_streams
    n = length // T
    starts = length * np.arange(n_streams)
    places = np.arange(n * T)[:, None] + starts
    shape = (n, T, n_streams)
    return ids[places].reshape(shape), ids[places + 1].reshape(shape)


def trained(train: Array, K: int, updates: int, seed: int, chosen: argparse.Namespace) -> LSTM:
    """Unit 13's network after so many updates."""
    model = LSTM(K, chosen.units, K, rng=np.random.default_rng(seed))
    adam = Adam(model.flat)
    T = chosen.steps
    x, y = windows(train, chosen.streams, T)
    for update in range(1, updates + 1):
        w = (update - 1) % len(x)
        model.loss_and_gradients(x[w], y[w], *(model.last if w else (None, None)))
        clip(model.flat_grads, float(T))
        adam.update(model.flat_grads, chosen.lr * 0.5 * (1 + np.cos(np.pi * update / updates)))
    return model


def nats(model: LSTM, ids: Array) -> float:
    """Loss per character, the text read in 40 streams from states of zero."""
    x, y = windows(ids, 40, (len(ids) - 1) // 40)
    return model.loss_and_gradients(x[0], y[0])[0] / len(x[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("updates", type=int, nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--units", type=int)
    parser.add_argument("--streams", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--lr", type=float)
    parser.add_argument("--names", action="store_true")
    parser.add_argument("--choose", action="store_true")
    chosen = parser.parse_args()
    for key, value in RECIPES[chosen.names].items():
        if not getattr(chosen, key):
            setattr(chosen, key, value)
    text = shakespeare()
    if chosen.names:
        text = "." + ".".join(np.random.default_rng(13).permutation(names())) + "."
    vocab = sorted(set(text))
    place = {character: i for i, character in enumerate(vocab)}
    ids = np.array([place[character] for character in text])
    train, test = np.split(ids, [int(0.9 * len(ids))])
    if chosen.choose:
        train, test = np.split(train, [int(8 / 9 * len(train))])
    for n, loss in enumerate(ngram_losses(train, test, len(vocab)), 1):
        print(f"{n}-gram: {loss:.3f} nats")
    for updates in chosen.updates:
        losses = []
        for seed in range(chosen.seeds):
            start, wall = process_time(), perf_counter()
            model = trained(train, len(vocab), updates, seed, chosen)
            seconds = process_time() - start, perf_counter() - wall
            weights = {name: array.astype(float) for name, array in model.params.items()}
            losses.append(nats(LSTM.from_params(weights), test))
            print(
                f"LSTM, {updates:,} updates, seed {seed}: {losses[-1]:.3f} nats; "
                f"{seconds[0]:.0f} s of processor time, {seconds[1]:.0f} s wall",
                flush=True,
            )
        print(f"LSTM, {updates:,} updates: {min(losses):.3f} to {max(losses):.3f}", flush=True)
    print(
        generate(
            weights, vocab, "." if chosen.names else "HAMLET.\n", 300, 0.8, np.random.default_rng(0)
        )
    )


if __name__ == "__main__":
    main()
