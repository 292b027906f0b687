"""What `masked_cross_entropy_backward` is judged by: the complex step through the loss."""

import numpy as np

from autograder.authoring import PURE, Exercise, Group, Wrong, composable, pure, writes_into

from .losses import case, high, holes, log_softmax, loss, loud
from .shared import LENGTHS
from lstm import complex_step
from notes import section

ZERO = "exactly 0 in the filling"
EXTREME = "calm at logits of ±1000"


def masked_cross_entropy_backward(logits, targets, mask):
    return backward()(logits, targets, mask)


def truth(logits, targets, mask):
    gradient = complex_step(lambda at: loss(at["logits"], targets, mask), {"logits": logits})
    return np.where(mask[..., None], gradient["logits"], 0.0)


@composable
def backward(**mistake):
    """masked_cross_entropy_backward; each keyword replaces one piece of it by a wrong one."""

    def function(logits, targets, mask):
        m = mistake
        p = m.get("p", lambda z: np.exp(log_softmax(z)))(logits)
        d = m.get("d", lambda p, y: p - y)(p, np.eye(p.shape[-1])[targets])
        counted = m.get("mask", lambda mask: mask)(mask)
        d = m.get("apply", lambda d, mask: d * mask[..., None])(d, counted)
        return m.get("mean", lambda d, mask: d / mask.shape[1])(d, mask)

    return function


def backward_groups(rng: np.random.Generator) -> list[Group]:
    home, full = case(rng, LENGTHS[0], 5), case(rng, (4, 4, 4), 5)
    return [
        Group("one gradient for each logit", [home], kind="shape"),
        Group("with nothing filled it is that of unit 10", [full], by_norm=True),
        Group(ZERO, [case(rng, (1,), 3, T=6), case(rng, (2, 1), 4, T=5)], by_norm=True),
        Group("each real step's share is 1/N", [home, case(rng, LENGTHS[2], 4),
                                                case(rng, LENGTHS[3], 6)], by_norm=True),
        Group("real steps may lie anywhere", [holes(rng)], by_norm=True),
        Group(EXTREME, [loud(rng), high(rng)], kind="quiet", by_norm=True, atol=1e-9),
        pure(),
    ]  # fmt: skip


def _naive(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


BACKWARD_WRONG = (
    Wrong("mask not used", backward(mask=lambda mask: np.ones_like(mask)),
          "The filling gets a gradient: the network would learn to predict it. Where the mask is False "
          "the gradient is 0."),
    Wrong("the filling alone", backward(mask=lambda mask: ~mask),
          "The filling has a gradient and the real steps have none. True is for real steps."),
    Wrong("probabilities masked before the target is subtracted",
          backward(d=lambda p, y: (p, y), apply=lambda d, mask: d[0] * mask[..., None] - d[1]),
          "Only p is masked, so the filling keeps -1 at its target. Mask the difference p - y."),
    Wrong("target masked alone",
          backward(d=lambda p, y: (p, y), apply=lambda d, mask: d[0] - d[1] * mask[..., None]),
          "Only the target is masked, so the filling keeps p. Mask the difference p - y."),
    Wrong("divided by real steps", backward(mean=lambda d, mask: d / mask.sum()),
          "You divide by the number of real steps. The loss is the sum over steps, averaged over the "
          "batch: divide by N."),
    Wrong("divided by all places", backward(mean=lambda d, mask: d / mask.size),
          "You divide by T·N. The loss is the sum over steps, averaged over the batch: divide by N."),
    Wrong("each sequence's own mean", backward(mean=lambda d, mask: (
              d / mask.sum(axis=0)[:, None] / mask.shape[1])),
          "You divide each sequence by its own length. Steps are summed: every real step's share is 1/N."),
    Wrong("not divided", backward(mean=lambda d, mask: d),
          "N times too large: the loss is averaged over the batch."),
    Wrong("divided by T", backward(mean=lambda d, mask: d / len(mask)),
          "You divide by T. The batch is the second axis: mask.shape[1]."),
    Wrong("target not subtracted", backward(d=lambda p, y: p),
          "You pass back the probabilities. The gradient is p - 1 at the target and p elsewhere."),
    Wrong("sign turned", backward(d=lambda p, y: y - p),
          "The sign is turned: it is probability minus target."),
    Wrong("softmax's slope applied again", backward(d=lambda p, y: (p - y) * p * (1 - p)),
          "You multiply p - y by the softmax's slope again. p - y is already the gradient of the logits."),
    Wrong("gradient of the target's logit alone", backward(d=lambda p, y: (p - y) * y),
          "Only the target's logit has a gradient. The others have p: they are pushed down."),
    Wrong("one step too many", backward(
              mask=lambda mask: mask | np.concatenate([mask[:1], mask[:-1]])),
          "The first filled step has a gradient as well. Use the mask as it is."),
    Wrong("real steps in a list", backward(apply=lambda d, mask: d[mask],
                                           mean=lambda d, mask: d / mask.shape[1]),
          "You return the real steps alone, one below the other. The gradient has the shape of the logits, "
          "with zeros in the filling."),
    Wrong("softmax without shift", backward(p=_naive),
          "Right for tame logits, but exp overflows for large ones, in the filling too. Subtract each "
          "row's maximum first.", costs=EXTREME),
    Wrong("changes the logits in place", writes_into(masked_cross_entropy_backward, "logits"),
          "Your values are right, but the logits are overwritten.", costs=PURE),
)  # fmt: skip


EXERCISE = Exercise(
    reference=masked_cross_entropy_backward,
    closed=("numerical_gradient",),
    truth=truth,
    groups=backward_groups,
    wrong=BACKWARD_WRONG,
    hints=(
        "Without a mask it is (softmax(logits) - y) / N, as in unit 10, where y is 1 at the target.",
        "A step that adds nothing to the loss has no gradient: multiply by mask[..., None].",
        "np.eye(K)[targets] gives y for all places at once.",
    ),
    notes=section("Backpropagation"),
)
