"""Unit 13's network after 1, 2 and 3 minutes of training, beside counting.

    .venv/bin/python benchmarks/language_model.py [MINUTES ...]

One thread, the unit's recipe (128 units, 32 streams of 64 steps, Adam from 0.01 down to 0 by a
cosine). The learning rate must have reached 0 when the time is up, so every budget is a run of its
own: as many updates as fit into it, by the speed of the first 100. Minutes are of this process's
processor time; wall time stands beside it.
"""

from __future__ import annotations

from utils.threads import one_thread

one_thread()

import sys  # noqa: E402 - the number of threads is read when NumPy is imported
from time import perf_counter, process_time  # noqa: E402

import numpy as np  # noqa: E402

from autograder.authoring.exercise import load_unit, root  # noqa: E402
from utils.data import shakespeare  # noqa: E402
from utils.networks.lstm import LSTM  # noqa: E402
from utils.networks.ngram import ngram_losses  # noqa: E402
from utils.training.train import Adam, clip  # noqa: E402

Array = np.ndarray
UNITS, STREAMS, T, LR = 128, 32, 64, 0.01
generate = load_unit(root() / "solutions" / "13_language_model").exercises["generate"].reference


def windows(ids: Array, n_streams: int, T: int) -> tuple[Array, Array]:
    """Inputs and targets (windows, T, n_streams): each stream is one piece of the text."""
    n = (len(ids) - 1) // (n_streams * T)
    x, y = (ids[k : k + n_streams * n * T].reshape(n_streams, n, T) for k in (0, 1))
    return x.transpose(1, 2, 0), y.transpose(1, 2, 0)


def trained(train: Array, K: int, updates: int) -> LSTM:
    """Unit 13's network after so many updates."""
    model = LSTM(K, UNITS, K, rng=np.random.default_rng(0))
    adam = Adam(model.flat, lr=LR)
    x, y = windows(train, STREAMS, T)
    for update in range(1, updates + 1):
        w = (update - 1) % len(x)
        model.loss_and_gradients(x[w], y[w], *(model.last if w else (None, None)))
        model.flat_grads /= T
        clip(model.flat_grads, 1.0)
        adam.update(model.flat_grads, LR * 0.5 * (1 + np.cos(np.pi * update / updates)))
    return model


def nats(model: LSTM, ids: Array) -> float:
    """Loss per character, the text read in 40 streams from states of zero."""
    x, y = windows(ids, 40, (len(ids) - 1) // 40)
    return model.loss_and_gradients(x[0], y[0])[0] / len(x[0])


def main() -> None:
    minutes = [float(argument) for argument in sys.argv[1:]] or [1.0, 2.0, 3.0]
    text = shakespeare()
    vocab = sorted(set(text))
    place = {character: i for i, character in enumerate(vocab)}
    ids = np.array([place[character] for character in text])
    train, test = np.split(ids, [int(0.9 * len(ids))])
    for n, loss in enumerate(ngram_losses(train, test, len(vocab)), 1):
        print(f"{n}-gram: {loss:.3f} nats")
    for budget in minutes:
        start = process_time()
        trained(train, len(vocab), 100)
        updates = int(60 * budget / (process_time() - start) * 100)
        start, wall = process_time(), perf_counter()
        model = trained(train, len(vocab), updates)
        seconds = process_time() - start, perf_counter() - wall
        weights = {name: array.astype(float) for name, array in model.params.items()}
        print(
            f"LSTM, {budget:g} min: {nats(LSTM.from_params(weights), test):.3f} nats after "
            f"{updates:,} updates; {seconds[0]:.0f} s of processor time, {seconds[1]:.0f} s wall",
            flush=True,
        )
        if budget == minutes[-1]:
            print(generate(weights, vocab, "HAMLET.\n", 300, 0.8, np.random.default_rng(0)))


if __name__ == "__main__":
    main()
