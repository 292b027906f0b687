"""What the masked loss and its backward pass share: their cases, and the loss itself."""

import numpy as np

from autograder.authoring import Args

from .shared import prefix


def log_softmax(logits):
    z = logits - logits.real.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def chosen(logits, targets):
    """Minus log p of each target, (T, N)."""
    return -np.take_along_axis(log_softmax(logits), targets[..., None], axis=-1)[..., 0]


def loss(logits, targets, mask):
    """The masked loss; logits may be complex, for the complex step."""
    return chosen(logits, targets)[mask].sum() / mask.shape[1]


def case(rng: np.random.Generator, lengths, K: int, T: int = 0) -> Args:
    T = T or max(lengths)
    shape = T, len(lengths)
    return {
        "logits": rng.normal(size=(*shape, K)),
        "targets": rng.integers(K, size=shape),
        "mask": prefix(lengths, T),
    }


def holes(rng: np.random.Generator) -> Args:
    """A mask whose real steps are no prefix: what is asked in between counts, too."""
    args = case(rng, (5, 5, 5), 4)
    return args | {"mask": np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, 1]]) > 0}


def loud(rng: np.random.Generator) -> Args:
    """Logits up to 1000, sure of a wrong class, in real steps and in the filling."""
    args = case(rng, (2, 4, 1), 5)
    wrong = np.arange(5) == (args["targets"][..., None] + 1) % 5
    return args | {"logits": args["logits"] + 995 * wrong}


def high(rng: np.random.Generator) -> Args:
    """Logits around 1000 and close together: exp overflows, and no probability is small."""
    args = case(rng, (2, 4, 1), 5)
    return args | {"logits": 990 + args["logits"]}
