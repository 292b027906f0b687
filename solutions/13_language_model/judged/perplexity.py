"""What `perplexity` is judged by."""

import numpy as np

from autograder.authoring import PURE, Args, Exercise, Group, Wrong, pure, writes_into

from lstm import softmax
from notes import section


def perplexity(logits, targets):
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return float(np.exp(-np.take_along_axis(log_p, targets[..., None], axis=-1).mean()))


SURE = "calm and exact at logits of ±1000"


SIZES = "right for every T, N and K"


def perplexity_groups(rng: np.random.Generator) -> list[Group]:
    def case(T: int, N: int, K: int, scale: float = 1.0) -> Args:
        return {
            "logits": scale * rng.normal(size=(T, N, K)),
            "targets": rng.integers(K, size=(T, N)),
        }

    home = [case(4, 3, 5), case(6, 2, 4)]
    nothing = [{"logits": np.zeros((5, 2, 7)), "targets": rng.integers(7, size=(5, 2))}]
    far = case(3, 2, 4, 0.0)
    far["logits"] = (
        far["logits"] + np.eye(4)[far["targets"]] * 3 + np.array([[[1000.0]], [[-1000.0]], [[0.0]]])
    )
    right = case(3, 2, 4)
    right["logits"] = 1000.0 * np.eye(4)[right["targets"]]
    return [
        Group("one number", home[:1], kind="shape"),
        Group("K where the network knows nothing", nothing),
        Group("exp of the mean loss per character", home, points=2),
        Group(SIZES, [case(*s) for s in ((1, 1, 2), (7, 1, 3), (1, 5, 4), (3, 3, 3))]),
        Group(SURE, [far, right], kind="quiet",
              says="Take the logarithm of the softmax without computing the softmax: z - log Σ exp z, "
              "with the largest logit subtracted first."),
        pure(),
    ]  # fmt: skip


def _log_p(logits, targets):
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]


def _textbook(logits, targets):
    e = np.exp(logits)
    p = e / e.sum(axis=-1, keepdims=True)
    return float(np.exp(-np.log(np.take_along_axis(p, targets[..., None], axis=-1)).mean()))


PERPLEXITY_WRONG = (
    Wrong("the loss itself", lambda logits, targets: float(-_log_p(logits, targets).mean()),
          "You return the mean loss in nats. Perplexity is exp of it."),
    Wrong("exp of the sum over time",
          lambda logits, targets: float(np.exp(-_log_p(logits, targets).sum() / targets.shape[1])),
          "You take exp of unit 07's loss, which is summed over time: it grows with the length of the "
          "text. Take the mean over all T · N characters first."),
    Wrong("exp of the sum over all", lambda logits, targets: float(np.exp(-_log_p(logits, targets).sum())),
          "You take exp of the sum of all losses. Take their mean first."),
    Wrong("averaged over the batch alone, twice",
          lambda logits, targets: float(np.exp(-_log_p(logits, targets).sum() / len(targets))),
          "You divide the summed loss by T alone. Divide by all T · N characters."),
    Wrong("mean of the exponentials", lambda logits, targets: float(np.exp(-_log_p(logits, targets)).mean()),
          "You take exp of every loss and then the mean. First the mean, then exp: a single sure "
          "mistake would otherwise outweigh everything."),
    Wrong("two to the nats", lambda logits, targets: float(2 ** -_log_p(logits, targets).mean()),
          "You raise 2 to a loss in nats. 2 belongs to bits (np.log2); with the natural logarithm it is "
          "exp."),
    Wrong("sign turned", lambda logits, targets: float(np.exp(_log_p(logits, targets).mean())),
          "Your number is below 1: it is the (geometric) mean probability. Perplexity is 1 over it."),
    Wrong("mean probability",
          lambda logits, targets: float(1 / np.exp(_log_p(logits, targets)).mean()),
          "You average the probabilities and take 1 over it. Average their logarithms."),
    Wrong("per batch entry",
          lambda logits, targets: float(np.exp(-_log_p(logits, targets).mean(axis=0)).mean()),
          "You take exp for each text of the batch and average the results. One mean over all "
          "characters, then exp."),
    Wrong("per step",
          lambda logits, targets: float(np.exp(-_log_p(logits, targets).mean(axis=1)).mean()),
          "You take exp for each time step and average the results. One mean over all characters, then "
          "exp."),
    Wrong("entropy of the forecast", lambda logits, targets: float(
              np.exp(-(softmax(logits) * np.log(softmax(logits) + 1e-300)).sum(axis=-1).mean())),
          "You measure how sure the network is, not how right: the targets play no part."),
    Wrong("logits for probabilities", lambda logits, targets: float(
              np.exp(-np.take_along_axis(logits, targets[..., None], axis=-1).mean())),
          "You take the logits as if they were log-probabilities. They go through softmax first."),
    Wrong("softmax over everything", lambda logits, targets: float(np.exp(
              np.log(np.exp(logits - logits.max()).sum()) + logits.max()
              - np.take_along_axis(logits, targets[..., None], axis=-1).mean())),
          "Your softmax sums over all steps and texts. It runs over the classes of each step: axis=-1."),
    Wrong("exp of the bits", lambda logits, targets: float(
              np.exp(-_log_p(logits, targets).mean() / np.log(2))),
          "You take exp of a loss in bits (np.log2). 2 belongs to bits; with exp it is the natural "
          "logarithm."),
    Wrong("accuracy", lambda logits, targets: float((logits.argmax(axis=-1) == targets).mean()),
          "You count how often the first choice is right. Perplexity asks how probable the right "
          "character was."),
    Wrong("an array", lambda logits, targets: np.exp(-_log_p(logits, targets)),
          "You return a number for every character. One number for the whole text is asked for."),
    Wrong("logarithm of the softmax", _textbook,
          "Right for tame logits, but exp(1000) overflows and log(0) is infinite. Use z - log Σ exp z "
          "with the largest logit subtracted, as in unit 07.", costs=SURE),
    Wrong("logits changed", writes_into(perplexity, "logits"),
          "Your number is right, but the logits are other ones after the call: `-=` writes into the "
          "caller's array.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=perplexity,
    groups=perplexity_groups,
    wrong=PERPLEXITY_WRONG,
    hints=(
        "cross_entropy of unit 07 is summed over time and averaged over the batch. What is it per "
        "character?",
        "np.exp(cross_entropy(logits, targets) / len(targets)).",
    ),
    notes=section("Backpropagation"),
)
