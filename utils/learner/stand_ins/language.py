"""What takes the place of an unsolved exercise of unit 13. See the exercises for what each does."""

from __future__ import annotations

import numpy as np

from utils.networks.lstm import LSTM

__all__ = ["encode", "generate", "perplexity", "sample_next"]

Array = np.ndarray


def encode(text: str) -> tuple[Array, list[str]]:
    """Exercise 13.1. Returns ids (n,) and vocab, the K different characters in order."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    known, ids = np.unique(codes, return_inverse=True)
    return ids.reshape(-1).astype(int), [chr(code) for code in known]


def perplexity(logits: Array, targets: Array) -> float:
    """Exercise 13.2. logits: (T, N, K), targets: (T, N). Returns one number."""
    log_p = _log_probabilities(logits)
    return float(np.exp(-np.take_along_axis(log_p, targets[..., None], axis=-1).mean()))


def sample_next(logits: Array, temperature: float, rng: np.random.Generator) -> Array:
    """Exercise 13.3. logits: (…, K). Returns ids (…), the largest of noisy logits (Gumbel)."""
    return np.argmax(logits / temperature + rng.gumbel(size=logits.shape), axis=-1)


def generate(
    params: dict[str, Array],
    vocab: list[str],
    prompt: str,
    length: int,
    temperature: float,
    rng: np.random.Generator,
) -> str:
    """Exercise 13.4, with the fast LSTM. Returns the prompt and `length` new characters."""
    model = LSTM.from_params(params, np.float64)
    h = model.forward(np.array([[vocab.index(character)] for character in prompt]))[-1]
    text = prompt
    for _ in range(length):
        chosen = int(sample_next(model.logits(h)[0], temperature, rng))
        text += vocab[chosen]
        h = model.forward(np.array([[chosen]]), *model.last)[-1]
    return text


def _log_probabilities(logits: Array) -> Array:
    z = logits - logits.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
