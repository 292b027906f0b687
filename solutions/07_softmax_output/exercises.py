"""What the softmax, the output layer and the cross-entropy are judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong
from utils.pictures.diagram import cell

from notes import section

TITLE = "The output and its loss"
FILES = {"cell.svg": cell(lit=("hidden_state",), title=TITLE).svg}
HOME = (4, 3, 5)  # (T, N, K) of the example in the notebook


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def output_layer(h, V, b_y):
    return softmax(h @ V + b_y)


def cross_entropy(logits, targets):
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)
    return -chosen.sum() / targets.shape[1]


# --- softmax ----------------------------------------------------------------------------------


def softmax_groups(rng: np.random.Generator) -> list[Group]:
    def logits(*shape: int, scale: float = 1.0) -> Args:
        return {"z": scale * rng.normal(size=shape)}

    far = [logits(3, 5, scale=500), {"z": np.array([[1000.0, 0, -1000], [-1000, -1000, -1000]])}]
    far.append({"z": np.array([[1000.0, 1000, 999], [-2000, -2001, -2000]])})
    offset = logits(3, 5)
    offset["z"] = offset["z"] + np.array([[0.0], [900.0], [-900.0]])
    return [
        Group("same shape as the logits", [logits(3, 5)], kind="shape"),
        Group("each row is exp of its logits, divided by their sum", [logits(3, 5), logits(3, 5)]),
        Group(
            "over the last axis, however many axes there are",
            [
                logits(*HOME),
                logits(6),
                logits(4, 4),
                logits(1, 7),
                logits(2, 1),
                logits(2, 3, 4, 2),
            ],
            says="Sum and maximum run over axis -1 and keep it (keepdims=True).",
        ),
        Group(
            "calm and exact at logits of ±1000",
            [*far, offset],
            kind="quiet",
            says="exp overflows beyond 709. The answer does not change when a row's largest logit is "
            "subtracted from the whole row first.",
        ),
        Group("unlikely classes keep their digits", [logits(3, 5, scale=60)], rtol=1e-9, atol=0),
        Group("leaves its argument alone", kind="pure"),
    ]


def _naive(z):
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def _softmax_in_place(z):
    z -= z.max(axis=-1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def _one_max_for_all(z):
    e = np.exp(z - z.max())
    return e / e.sum(axis=-1, keepdims=True)


SOFTMAX_WRONG = (
    Wrong(
        "no shift by the maximum",
        _naive,
        "Right for tame logits, but exp(1000) overflows. Subtract each row's largest logit first: "
        "the common factor cancels, and no exponent is above 0.",
        costs="calm and exact at logits of ±1000",
    ),
    Wrong(
        "one maximum for all rows",
        _one_max_for_all,
        "You subtract the largest logit of the whole array. A row far below it becomes 0 / 0. Each "
        "row needs its own maximum: axis=-1, keepdims=True.",
        costs="calm and exact at logits of ±1000",
    ),
    Wrong(
        "logits clipped",
        lambda z: _naive(np.clip(z, -500, 500)),
        "Clipping the logits avoids the overflow but changes the answer: 1000 and 999 become equal. "
        "Shifting a row changes nothing at all.",
        costs="calm and exact at logits of ±1000",
    ),
    Wrong(
        "over the first axis",
        lambda z: (lambda e: e / e.sum(axis=0, keepdims=True))(np.exp(z - z.max(axis=0))),
        "Your columns sum to 1, not your rows. The classes are the last axis: axis=-1.",
    ),
    Wrong(
        "over the whole array",
        lambda z: (lambda e: e / e.sum())(np.exp(z - z.max())),
        "All your entries together sum to 1. Each row is a distribution of its own: sum over "
        "axis=-1 with keepdims=True.",
    ),
    Wrong(
        "axis 1 fixed",
        lambda z: (lambda e: e / e.sum(axis=1, keepdims=True))(
            np.exp(z - z.max(axis=1, keepdims=True))
        ),
        "You sum over axis 1: right for two axes, but with time in front the classes are axis 2. "
        "axis=-1 is the last one always.",
        costs="over the last axis, however many axes there are",
    ),
    Wrong(
        "without keepdims",
        lambda z: (lambda e: e / e.sum(axis=-1))(np.exp(z - z.max(axis=-1, keepdims=True))),
        "The sums have lost their axis, so NumPy divides columns by them, or cannot divide at all. "
        "keepdims=True keeps them one per row.",
    ),
    Wrong(
        "not normalised",
        lambda z: np.exp(z - z.max(axis=-1, keepdims=True)),
        "You return the exponentials. Divide by each row's sum, so that it adds up to 1.",
    ),
    Wrong(
        "log-softmax",
        lambda z: (lambda s: s - np.log(np.exp(s).sum(axis=-1, keepdims=True)))(
            z - z.max(axis=-1, keepdims=True)
        ),
        "You return the logarithms of the probabilities. That is useful later; here the "
        "probabilities themselves are asked for.",
    ),
    Wrong(
        "sigmoid",
        lambda z: np.where(z >= 0, 1.0, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z))),
        "You apply σ to each logit. Then the entries of a row do not sum to 1: classes that exclude "
        "each other must share one unit of probability.",
    ),
    Wrong(
        "logits divided by their sum",
        lambda z: z / z.sum(axis=-1, keepdims=True),
        "You divide the logits by their sum. Logits may be negative; exp makes them positive first.",
    ),
    Wrong(
        "sign turned",
        lambda z: softmax(-z),
        "The largest logit gets the smallest probability: the sign of the exponent is turned.",
    ),
    Wrong(
        "hard maximum",
        lambda z: (z == z.max(axis=-1, keepdims=True)).astype(float),
        "All probability goes to the largest logit. Softmax is soft: the others keep their share.",
    ),
    Wrong(
        "changes z in place",
        _softmax_in_place,
        "Your values are right, but `z -= …` shifts the caller's logits. Write `z = z - …`.",
        costs="leaves its argument alone",
    ),
)

# --- output layer -----------------------------------------------------------------------------


def _layer(rng: np.random.Generator, T: int, N: int, H: int, K: int, only: str = "") -> Args:
    args = {
        "h": rng.uniform(-1, 1, size=(T, N, H)),
        "V": rng.normal(size=(H, K)),
        "b_y": rng.normal(size=K),
    }
    if only:
        args["b_y" if only == "h" else "h"] *= 0
    return args


def output_groups(rng: np.random.Generator) -> list[Group]:
    home = (4, 3, 6, 5)
    one_step = _layer(rng, *home)
    one_step["h"] = one_step["h"][0]
    sizes = [(1, 2, 3, 4), (3, 1, 2, 6), (4, 4, 4, 4), (2, 5, 1, 2)]
    far = _layer(rng, *home)
    far["V"] = far["V"] * 400
    return [
        Group(
            "one distribution over K classes for every row of h", [_layer(rng, *home)], kind="shape"
        ),
        Group("h reaches the logits through V", [_layer(rng, *home, "h") for _ in range(2)]),
        Group("the bias b_y shifts them", [_layer(rng, *home, "b_y") for _ in range(2)]),
        Group(
            "right for every T, N, H and K, and for one step (N, H)",
            [one_step, _layer(rng, *home), *(_layer(rng, *s) for s in sizes)],
            says="`h @ V` works for (N, H) and (T, N, H) alike. Take no size for granted.",
        ),
        Group("calm at logits in the hundreds", [far], kind="quiet"),
        Group("leaves its arguments alone", kind="pure"),
    ]


def _output_in_place(h, V, b_y):
    p = softmax(h @ V + b_y)
    V /= 2
    return p


H_CHECK, B_CHECK = "h reaches the logits through V", "the bias b_y shifts them"

OUTPUT_WRONG = (
    Wrong(
        "no softmax",
        lambda h, V, b_y: h @ V + b_y,
        "You return the logits. One step is missing: softmax of them.",
    ),
    Wrong(
        "bias missing",
        lambda h, V, b_y: softmax(h @ V),
        "The bias b_y is missing. The notes leave it out as well; this course has it, because without "
        "it the network cannot even say that some classes are more common than others.",
        costs=B_CHECK,
    ),
    Wrong(
        "bias doubled",
        lambda h, V, b_y: softmax(h @ V + 2 * b_y),
        "The bias b_y is added twice.",
        costs=B_CHECK,
    ),
    Wrong(
        "bias after the softmax",
        lambda h, V, b_y: softmax(h @ V) + b_y,
        "The bias is added to the probabilities. It belongs to the logits, before the softmax.",
        costs=B_CHECK,
    ),
    Wrong(
        "hidden state ignored",
        lambda h, V, b_y: softmax(np.zeros_like(h @ V) + b_y),
        "The hidden state does not reach the output: the term h @ V is missing.",
        costs=H_CHECK,
    ),
    Wrong(
        "sigmoid",
        lambda h, V, b_y: 1 / (1 + np.exp(-np.clip(h @ V + b_y, -700, 700))),
        "You use σ for the output. The classes exclude each other, so their probabilities must sum "
        "to 1: softmax.",
    ),
    Wrong(
        "tanh",
        lambda h, V, b_y: np.tanh(h @ V + b_y),
        "You use tanh for the output. Probabilities are positive and sum to 1: softmax.",
    ),
    Wrong(
        "tanh of h",
        lambda h, V, b_y: softmax(np.tanh(h) @ V + b_y),
        "You take tanh of h. The hidden state has been through its tanh already.",
        costs=H_CHECK,
    ),
    Wrong(
        "softmax of h",
        lambda h, V, b_y: softmax(h) @ V + b_y,
        "You take the softmax of h and map that. First the linear map, then the softmax.",
    ),
    Wrong(
        "V transposed",
        lambda h, V, b_y: softmax(h @ V.T + b_y),
        "V is transposed: the shapes fit only where H = K. V has shape (H, K), so h @ V.",
    ),
    Wrong(
        "softmax over the batch",
        lambda h, V, b_y: (lambda e: e / e.sum(axis=-2, keepdims=True))(
            np.exp((h @ V + b_y) - (h @ V + b_y).max(axis=-2, keepdims=True))
        ),
        "Your probabilities sum to 1 over the examples. They must sum to 1 over the classes, the "
        "last axis.",
    ),
    Wrong(
        "softmax twice",
        lambda h, V, b_y: softmax(softmax(h @ V + b_y)),
        "The softmax is applied twice, which flattens every distribution.",
    ),
    Wrong(
        "changes V in place",
        _output_in_place,
        "Your values are right, but V is another array after the call.",
        costs="leaves its arguments alone",
    ),
)

# --- cross-entropy ----------------------------------------------------------------------------


def _loss(rng: np.random.Generator, T: int, N: int, K: int, scale: float = 1.0) -> Args:
    return {
        "logits": scale * rng.normal(size=(T, N, K)),
        "targets": rng.integers(K, size=(T, N)),
    }


def loss_groups(rng: np.random.Generator) -> list[Group]:
    one = [_loss(rng, 1, 1, 5), _loss(rng, 1, 1, 4)]
    time = [_loss(rng, 4, 1, 5), _loss(rng, 6, 1, 5)]
    batch = [_loss(rng, 1, 3, 5), _loss(rng, 1, 4, 5)]
    sizes = [(5, 3, 6), (4, 4, 4), (1, 1, 1), (3, 5, 2), (2, 6, 3)]
    sure = _loss(rng, *HOME)
    sure["logits"] = 1000 * (np.arange(5) == sure["targets"][..., None])
    wrong = _loss(rng, *HOME)
    wrong["logits"] = 1000.0 * (np.arange(5) == (wrong["targets"][..., None] + 1) % 5)
    sure["logits"] = sure["logits"].astype(float)
    far = [_loss(rng, *HOME, scale=500), sure, wrong]
    return [
        Group("one number", [_loss(rng, *HOME)], kind="shape"),
        Group("minus the logarithm of the target's probability", one),
        Group("summed over time", time),
        Group("averaged over the batch", batch),
        Group("right for every T, N and K", [_loss(rng, *HOME), *(_loss(rng, *s) for s in sizes)]),
        Group(
            "calm and exact at logits of ±1000",
            far,
            kind="quiet",
            says="The logarithm of a probability that underflowed is -inf. Compute log p directly: "
            "z - log(sum(exp(z))), with the row's maximum subtracted from z first.",
        ),
        Group("leaves its arguments alone", kind="pure"),
    ]


def _log_p(logits):
    z = logits - logits.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _chosen(log_p, targets):
    return np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]


def _loss_in_place(logits, targets):
    logits -= logits.max(axis=-1, keepdims=True)
    return cross_entropy(logits, targets)


EXTREME = "calm and exact at logits of ±1000"

LOSS_WRONG = (
    Wrong(
        "logarithm of the softmax",
        lambda logits, targets: -np.log(_chosen(softmax(logits), targets)).sum() / targets.shape[1],
        "Right for tame logits, but a probability that underflows to 0 has the logarithm -inf. Never "
        "compute p only to take its logarithm: log p = z - log(sum(exp(z))).",
        costs=EXTREME,
    ),
    Wrong(
        "naive log-sum-exp",
        lambda logits, targets: (
            (np.log(np.exp(logits).sum(axis=-1)) - _chosen(logits, targets)).sum()
            / targets.shape[1]
        ),
        "The formula is right, but exp(1000) overflows. Subtract each row's maximum from the logits "
        "first.",
        costs=EXTREME,
    ),
    Wrong(
        "probabilities clipped",
        lambda logits, targets: (
            -np.log(np.clip(_chosen(softmax(logits), targets), 1e-12, 1)).sum() / targets.shape[1]
        ),
        "Clipping the probability hides how wrong a sure answer is: a loss of 1000 shows as 27.6, and "
        "its gradient as 0. Compute log p from the logits instead.",
        costs=EXTREME,
    ),
    Wrong(
        "mean over time too",
        lambda logits, targets: -_chosen(_log_p(logits), targets).mean(),
        "You average over time as well. The notes sum the losses of all steps; only the batch is "
        "averaged. Yours is T times too small.",
        costs="summed over time",
    ),
    Wrong(
        "sum over the batch",
        lambda logits, targets: -_chosen(_log_p(logits), targets).sum(),
        "You sum over the batch as well. Divide by N: then the size of the batch does not change the "
        "size of a step.",
        costs="averaged over the batch",
    ),
    Wrong(
        "mean over the whole sum's axes swapped",
        lambda logits, targets: -_chosen(_log_p(logits), targets).sum() / len(targets),
        "You divide by T. The first axis is time, which is summed; the batch is the second axis.",
    ),
    Wrong(
        "only the last step",
        lambda logits, targets: -_chosen(_log_p(logits), targets)[-1].mean(),
        "Only the last step counts in your loss. Every step has a target; sum over all of them.",
        costs="summed over time",
    ),
    Wrong(
        "one loss per step",
        lambda logits, targets: -_chosen(_log_p(logits), targets).mean(axis=1),
        "You return one loss per step. Sum them: the loss is a single number.",
    ),
    Wrong(
        "one loss per example",
        lambda logits, targets: -_chosen(_log_p(logits), targets).sum(axis=0),
        "You return one loss per example. Average them: the loss is a single number.",
    ),
    Wrong(
        "sign missing",
        lambda logits, targets: -cross_entropy(logits, targets),
        "Your loss is negative: logarithms of probabilities are below 0, so the minus sign belongs in "
        "front.",
    ),
    Wrong(
        "softmax applied twice",
        lambda logits, targets: cross_entropy(softmax(logits), targets),
        "The argument is logits, and you treat their softmax as logits again: the softmax is applied "
        "twice.",
    ),
    Wrong(
        "no softmax at all",
        lambda logits, targets: -_chosen(logits, targets).sum() / targets.shape[1],
        "You pick the target's logit but do not normalise: subtract log(sum(exp(z))) of its row.",
    ),
    Wrong(
        "the likeliest class instead of the target",
        lambda logits, targets: -_log_p(logits).max(axis=-1).sum() / targets.shape[1],
        "You take the logarithm of the largest probability. The loss asks for the target's.",
    ),
    Wrong(
        "bits",
        lambda logits, targets: cross_entropy(logits, targets) / np.log(2),
        "You use the logarithm to base 2. The loss here is in nats: np.log.",
    ),
    Wrong(
        "1 - p",
        lambda logits, targets: (1 - _chosen(softmax(logits), targets)).sum() / targets.shape[1],
        "You measure 1 - p. Cross-entropy is -log p: it grows without bound for a sure mistake.",
    ),
    Wrong(
        "divided by K",
        lambda logits, targets: cross_entropy(logits, targets) / logits.shape[-1],
        "You average over the classes as well. Only the target's class is picked; K divides nothing.",
    ),
    Wrong(
        "changes the logits in place",
        _loss_in_place,
        "Your value is right, but the caller's logits are shifted by `-=`. Write `z = logits - …`.",
        costs="leaves its arguments alone",
    ),
)

EXERCISES = [
    Exercise(
        reference=softmax,
        groups=softmax_groups,
        wrong=SOFTMAX_WRONG,
        hints=(
            "Two steps: make all entries positive with exp, then divide each row by its sum.",
            "Sums over the last axis keep their axis with keepdims=True, so that NumPy divides each "
            "row by its own sum.",
            "Subtract z.max(axis=-1, keepdims=True) from z before the exp.",
        ),
        notes=section("Final Output"),
    ),
    Exercise(
        reference=output_layer,
        groups=output_groups,
        wrong=OUTPUT_WRONG,
        hints=(
            "The same linear map as in a gate, but from H units to K classes.",
            "h @ V works on the last axis of h, whatever stands in front of it.",
            "softmax(h @ V + b_y).",
        ),
        notes=section("Final Output"),
    ),
    Exercise(
        reference=cross_entropy,
        groups=loss_groups,
        wrong=LOSS_WRONG,
        hints=(
            "Write log p as z_k - log(sum_j exp(z_j)), after each row's maximum has been subtracted "
            "from z.",
            "Picking one entry per row: np.take_along_axis(log_p, targets[..., None], axis=-1), or "
            "index with np.arange for T and N.",
            "Sum over everything that was picked, divide by the batch size N = targets.shape[1], and "
            "mind the minus sign.",
        ),
        notes=section("Backpropagation"),
    ),
]

QUESTIONS = [
    Question(
        name="loss_at_start",
        text="A fresh network guesses among 27 letters for 10 steps. About what loss do you expect?",
        options=("0", "10", "about 33", "about 270"),
        answers=(
            "That would be a network that is sure and right at every step.",
            "Each step costs log 27 nats, which is about 3.3, not 1.",
            "Yes: 10 · log 27 = 32.96. It knows nothing, so it gives each letter 1/27.",
            "27 classes do not cost 27 each: the price of knowing nothing is log K.",
        ),
        right=2,
    ),
    Question(
        name="shift",
        text="You add 100 to all logits of one row. What happens to its probabilities?",
        options=("They all grow", "Nothing", "The largest gets nearly 1"),
        answers=(
            "They cannot all grow: they sum to 1.",
            "Yes: exp(100) is a common factor above and below the line, and cancels.",
            "Scaling the logits does that. Adding the same number to all changes nothing.",
        ),
        right=1,
    ),
]
