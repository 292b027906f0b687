"""What reading text, drawing characters, writing text and perplexity are judged by."""

import itertools

import numpy as np

from autograder.authoring import Args, Exercise, Group, Question, Wrong, generator
from utils.pictures.diagram import cell

from lstm import random_params, sigmoid, softmax
from notes import section

TITLE = "A language model"
FILES = {"cell.svg": cell(lit=("x", "hidden_state"), title=TITLE).svg}


def encode(text):
    vocab = sorted(set(text))
    place = {character: i for i, character in enumerate(vocab)}
    return np.array([place[character] for character in text]), vocab


def sample_next(logits, temperature, rng):
    return np.argmax(logits / temperature + rng.gumbel(size=logits.shape), axis=-1)


def generate(params, vocab, prompt, length, temperature, rng):
    return _written()(params, vocab, prompt, length, temperature, rng)


def perplexity(logits, targets):
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return float(np.exp(-np.take_along_axis(log_p, targets[..., None], axis=-1).mean()))


# --- reading ----------------------------------------------------------------------------------

IDS, VOCAB = (
    "every id leads back to its character",
    "the vocabulary: each character once, in sorted order",
)
TEXTS = (
    "to be, or not to be",
    " at sea \n",
    "Mississippi\nriver.",
    "aAbB 9!",
    "z",
    "ÄÖ naïve “quotes” — ok",
    "  \n \n",
)


def text_groups(rng: np.random.Generator) -> list[Group]:
    letters = list("abcdefgh XYZ.,\n'-ü")
    drawn = [{"text": "".join(rng.choice(letters, size=n))} for n in (12, 40)]
    written = [{"text": text} for text in TEXTS]
    return [
        Group("integers, and a list of characters", drawn[:1], kind="shape"),
        Group(IDS, [*drawn, *written[:1]], parts=("ids",)),
        Group(VOCAB, [*drawn, *written[:1]], parts=("vocab",)),
        Group("capitals, spaces, line ends and accents are characters too", written[1:]),
    ]


def _order_of_appearance(text):
    vocab = list(dict.fromkeys(text))
    return np.array([vocab.index(c) for c in text]), vocab


def _numbered(text, vocab):
    return np.array([vocab.index(c) for c in text])


def _with_repeats(text):
    vocab = sorted(text)
    return _numbered(text, vocab), vocab


def _small_letters(text):
    return encode(text.lower())


def _without_blanks(text):
    return encode("".join(c for c in text if not c.isspace()) or text)


def _stripped(text):
    return encode(text.strip() or text)


ENCODE_WRONG = (
    Wrong("in the order of appearance", _order_of_appearance,
          "Your vocabulary is in the order in which the characters come. Sort it: then the same "
          "characters give the same ids, whatever text they come from."),
    Wrong("code points", lambda text: (np.array([ord(c) for c in text]), sorted(set(text))),
          "Your ids are code points (ord). They must count from 0 to K - 1: the place of the character "
          "in vocab.", costs=IDS),
    Wrong("ids from 1", lambda text: (encode(text)[0] + 1, encode(text)[1]),
          "Your ids start at 1. vocab[id] is the character, so they start at 0.", costs=IDS),
    Wrong("vocabulary with repeats", _with_repeats,
          "Characters that come twice in the text stand twice in your vocabulary. set(text) keeps each "
          "once."),
    Wrong("sorted backwards", lambda text: (
              lambda v: (_numbered(text, v), v))(sorted(set(text), reverse=True)),
          "Your vocabulary is sorted backwards."),
    Wrong("ids as a list", lambda text: (encode(text)[0].tolist(), encode(text)[1]),
          "Your ids are a list. NumPy can only index with them quickly as an array: np.array(…)."),
    Wrong("ids as floats", lambda text: (encode(text)[0].astype(float), encode(text)[1]),
          "Your ids are floating point numbers. They are places in a list: integers."),
    Wrong("vocabulary as a string", lambda text: (encode(text)[0], "".join(encode(text)[1])),
          "Your vocabulary is one string. Asked for is a list of characters: sorted(set(text)) is one."),
    Wrong("dict for the vocabulary", lambda text: (
              encode(text)[0], {c: i for i, c in enumerate(encode(text)[1])}),
          "You return the dict from character to id. The other way round is asked for: a list, so that "
          "vocab[id] is the character."),
    Wrong("small letters only", _small_letters,
          "You turn the text into small letters: the network could never write a capital."),
    Wrong("blanks left out", _without_blanks,
          "Spaces and line ends are lost. They are characters like all others: how else would the "
          "network learn where a word ends?"),
    Wrong("blanks at the ends left out", _stripped,
          "Blanks at the beginning and the end are cut off (strip). Every character counts.",
          costs="capitals, spaces, line ends and accents are characters too"),
    Wrong("exchanged", lambda text: encode(text)[::-1], "ids and vocab are exchanged: ids come first."),
    Wrong("one-hot rows", lambda text: (np.eye(len(set(text)))[encode(text)[0]], encode(text)[1]),
          "You return one-hot rows. The ids alone are asked for; a row of U is found by its id."),
    Wrong("only the ids", lambda text: encode(text)[0],
          "You return the ids alone. Without the vocabulary nobody can turn them back into text: ids, "
          "vocab."),
    Wrong("words", lambda text: encode(text.split() or [text]),
          "You number words. This network reads characters, blanks included."),
    Wrong("only the vocabulary's ids", lambda text: (np.arange(len(set(text))), encode(text)[1]),
          "Your ids number the vocabulary, not the text: there is one id for every character of the "
          "text."),
)  # fmt: skip


# --- drawing ----------------------------------------------------------------------------------

DRAWS = 2500
NEAR = {"rtol": 0.0, "atol": 0.06}  # six standard deviations of a share of DRAWS draws
COLD, WARM = "a low temperature sharpens", "a high temperature flattens"
OWN_ROW = "every row draws from its own logits"
FAR = "calm at logits of ±1000"


def _probabilities(logits, temperature=1.0):
    z = logits / temperature
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def draw_groups(rng: np.random.Generator) -> list[Group]:
    def many(K: int, temperature: float = 1.0, shift: float = 0.0) -> Args:
        row = rng.permutation(np.linspace(-1.0, 1.5, K)) + 0.1 * rng.normal(size=K) + shift
        seed = int(rng.integers(2**31))
        return {
            "logits": np.tile(row, (DRAWS, 1)),
            "temperature": temperature,
            "rng": generator(seed),
        }

    def shares(cases: list[Args]) -> dict:
        expected = [_probabilities(c["logits"][0], c["temperature"]) for c in cases]
        return {"measure": "utils.training.drawn:class_shares", "expected": expected, **NEAR}

    def sure(logits: np.ndarray, temperature: float = 1.0) -> Args:
        return {"logits": logits, "temperature": temperature, "rng": generator(5)}

    as_they_are, cold, warm = [many(6, shift=-3.0)], [many(4, 0.4)], [many(5, 4.0)]
    rows = 60.0 * np.eye(5)[rng.integers(5, size=8)] + rng.normal(size=(8, 5))
    grid = 60.0 * np.eye(4)[rng.integers(4, size=(3, 2))]
    one = 60.0 * np.eye(6)[3]
    wild = np.array(
        [[1000.0, -1000, 0, 900], [-1000, -900, -2000, -1000], [0, 800, 1000, 999.0 - 60]]
    )
    return [
        Group("one id for every row of logits", [sure(rows)], kind="shape"),
        Group("drawn as often as softmax says", as_they_are, points=2, **shares(as_they_are)),
        Group(COLD, cold, **shares(cold)),
        Group(WARM, warm, **shares(warm)),
        Group(OWN_ROW, [sure(rows), sure(grid), sure(one)],
              says="Row n of the logits decides about id n. One row alone, (K,), gives one number."),
        Group(FAR, [sure(wild), sure(wild / 10, 0.1)], kind="quiet",
              says="exp overflows beyond 709: subtract each row's largest logit first, or use a way "
              "to draw that needs no exp."),
        Group("leaves its arguments alone, and draws from rng alone", kind="pure"),
    ]  # fmt: skip


def drawn(p=_probabilities, u=None, pick=None):
    """sample_next by the sums of the probabilities, with one thing wrong."""

    def function(logits, temperature, rng):
        shares = p(logits, temperature)
        height = (u or (lambda rng, shape: rng.random((*shape, 1))))(rng, logits.shape[:-1])
        found = (shares.cumsum(axis=-1) > height * shares.sum(axis=-1, keepdims=True)).argmax(
            axis=-1
        )
        return pick(found, logits) if pick else found

    return function


def _from_logits(logits, temperature):
    shifted = logits - logits.min(axis=-1, keepdims=True) + 1e-12
    return shifted / shifted.sum(axis=-1, keepdims=True)


def _overflows(logits, temperature):
    e = np.exp(logits / temperature)
    return e / e.sum(axis=-1, keepdims=True)


def _logits_in_place(logits, temperature, rng):
    logits /= temperature
    logits += rng.gumbel(size=logits.shape)
    return np.argmax(logits, axis=-1)


_calls = itertools.count()  # other numbers at each call, and the same ones at each build


def _global_rng(logits, temperature, rng):
    return np.argmax(
        logits / temperature + np.random.default_rng(next(_calls) % 2).gumbel(size=logits.shape),
        axis=-1,
    )


DRAW_WRONG = (
    Wrong("always the likeliest", lambda logits, temperature, rng: np.argmax(logits, axis=-1),
          "You always take the likeliest character. A text written like that runs in circles: draw "
          "each with its probability."),
    Wrong("all alike", drawn(lambda logits, temperature: np.full_like(logits, 1 / logits.shape[-1])),
          "You draw every character with the same probability: the logits play no part."),
    Wrong("temperature ignored", drawn(lambda logits, temperature: _probabilities(logits)),
          "The temperature changes nothing. Divide the logits by it, before the softmax: added to them, or "
          "dividing the probabilities, it cancels."),
    Wrong("multiplied by the temperature",
          drawn(lambda logits, temperature: _probabilities(logits, 1 / temperature)),
          "You multiply by the temperature, so a low one flattens and a high one sharpens. The logits "
          "are divided by it."),
    Wrong("root of the temperature",
          drawn(lambda logits, temperature: _probabilities(logits, temperature**0.5)),
          "The logits are divided by the root of the temperature. Divide by the temperature itself."),
    Wrong("square of the temperature",
          drawn(lambda logits, temperature: _probabilities(logits, temperature**2)),
          "The temperature acts twice: once on the logits and once more on the probabilities. Once is "
          "enough."),
    Wrong("logits as probabilities", drawn(_from_logits),
          "You use the logits themselves, shifted and scaled to sum to 1, as probabilities. They go "
          "through softmax first."),
    Wrong("softmax of the probabilities",
          drawn(lambda logits, temperature: _probabilities(_probabilities(logits, temperature))),
          "softmax is applied twice: the probabilities go through it again and come out nearly equal."),
    Wrong("sign turned", drawn(lambda logits, temperature: _probabilities(-logits, temperature)),
          "The sign of the logits is turned: you draw the unlikely characters most."),
    Wrong("one id too high", drawn(pick=lambda ids, logits: (ids + 1) % logits.shape[-1]),
          "Your ids are one too high: the first place where the sum of the probabilities exceeds the "
          "random number is the id."),
    Wrong("one id too low", drawn(pick=lambda ids, logits: (ids - 1) % logits.shape[-1]),
          "Your ids are one too low."),
    Wrong("one random number for all rows", drawn(u=lambda rng, shape: rng.random()),
          "All rows use the same random number: rows with equal logits always get the same character. "
          "Draw one for each row."),
    Wrong("softmax over the rows",
          drawn(lambda logits, temperature: _probabilities(
              logits.T, temperature).T if logits.ndim == 2 else _probabilities(logits, temperature)),
          "Your softmax runs over the rows, not over the classes: axis=-1."),
    Wrong("only the first row", lambda logits, temperature, rng: np.broadcast_to(
              sample_next(logits.reshape(-1, logits.shape[-1])[0], temperature, rng),
              logits.shape[:-1]).copy(),
          "All rows get the character drawn for the first one."),
    Wrong("probabilities returned", lambda logits, temperature, rng: _probabilities(logits, temperature),
          "You return the probabilities. Asked for is an id, drawn with them."),
    Wrong("exp overflows", drawn(_overflows),
          "Right for tame logits, but exp(1000) overflows. Subtract each row's largest logit first, as "
          "in unit 07.", costs=FAR),
    Wrong("noise of another kind", lambda logits, temperature, rng: np.argmax(
              logits / temperature + rng.normal(size=logits.shape), axis=-1),
          "You add normal noise to the logits and take the largest. That draws, but not as often as "
          "softmax says: the noise must be Gumbel's, rng.gumbel."),
    Wrong("first place below", lambda logits, temperature, rng: (
              lambda p: (p.cumsum(axis=-1) < rng.random((*logits.shape[:-1], 1))).argmax(axis=-1))(
              _probabilities(logits, temperature)),
          "You look for the first place where the sum of the probabilities is BELOW the random number: "
          "that is always the first. Look for the first where it exceeds it."),
    Wrong("one-hot rows", lambda logits, temperature, rng: np.eye(logits.shape[-1])[
              sample_next(logits, temperature, rng)],
          "You return one-hot rows (rng.multinomial gives such). The id is asked for: argmax over the "
          "last axis."),
    Wrong("own randomness", _global_rng,
          "You draw from a generator of your own: the same seed gives other texts each time. Draw from "
          "the rng that is passed in.", costs="leaves its arguments alone, and draws from rng alone"),
    Wrong("logits changed", _logits_in_place,
          "Your ids are right, but the logits are other ones after the call: `/=` writes into the "
          "caller's array.", costs="leaves its arguments alone, and draws from rng alone"),
)  # fmt: skip


# --- writing ----------------------------------------------------------------------------------

LENGTH = "the prompt, then exactly `length` new characters"
HEATED = "the temperature reaches sample_next"
MEMORY = "the states are carried from character to character"
COLD_ENOUGH = 1e-4  # a temperature at which the likeliest character is drawn, whatever the noise
MARGIN = 100 * COLD_ENOUGH


def writer_groups(rng: np.random.Generator) -> list[Group]:
    vocab = sorted("abdeor ")

    def model(params: dict, prompt: str, length: int, temperature: float = COLD_ENOUGH) -> Args:
        return {
            "params": params,
            "vocab": vocab,
            "prompt": prompt,
            "length": length,
            "temperature": temperature,
            "rng": generator(rng),
        }

    def sure(prompt: str, length: int) -> Args:
        """A model that leaves no draw to chance: its first choice is always ahead by MARGIN."""
        while True:
            args = model(random_params(rng, len(vocab), 12, len(vocab), 1.5), prompt, length)
            if _smallest_lead(args) > MARGIN:
                return args

    def by_bias(temperature: float, length: int) -> Args:
        """A model that forgets what it reads: every character is drawn by b_y alone."""
        params = random_params(rng, len(vocab), 2, len(vocab), 1.5) | {
            "V": np.zeros((2, len(vocab))),
            "b_y": rng.permutation(np.linspace(-1.5, 1.5, len(vocab))),
        }
        return model(params, "ba", length, temperature)

    home = [sure("bread", 25), sure("a", 20), sure("abode road", 30)]
    first = [
        sure(prompt, 1) for prompt in ("bread", "roar", "abode", "rabbed ore", "beard", "dodo")
    ]
    drawn_cases = [by_bias(3.0, 600)]
    expected = [_probabilities(c["params"]["b_y"], c["temperature"]) for c in drawn_cases]
    return [
        Group("a string", home[:1], kind="shape"),
        Group(LENGTH, home, measure="utils.training.drawn:prompt_and_length", expected=["as it should be"] * 3),
        Group("what comes first follows from the whole prompt", first),
        Group(MEMORY, home, points=2,
              says="Every new character is read in its turn, with the h and c that came before."),
        Group(HEATED, drawn_cases, measure="utils.training.drawn:letter_shares", expected=expected,
              rtol=0.0, atol=0.09),
        Group("leaves its arguments alone", kind="pure"),
    ]  # fmt: skip


def _step(i, h, c, params):
    """One step for the character with the id i, h and c (H,)."""
    a = {g: params[f"U_{g}"][i] + h @ params[f"W_{g}"] + params[f"b_{g}"] for g in "figo"}
    c = sigmoid(a["f"]) * c + sigmoid(a["i"]) * np.tanh(a["g"])
    return sigmoid(a["o"]) * np.tanh(c), c


def _written(**m):
    """generate with one thing wrong."""

    def function(params, vocab, prompt, length, temperature, rng):
        H = len(params["b_f"])
        h, c = np.zeros(H), np.zeros(H)
        read = m.get("read", lambda prompt: prompt)(prompt)
        for character in read:
            h, c = _step(vocab.index(character), h, c, params)
            h, c = m.get("between", lambda h, c: (h, c))(h, c)
        text = m.get("start", lambda prompt: prompt)(prompt)
        count = m.get("count", lambda length, prompt: length)(length, prompt)
        for _ in range(count):
            logits = h @ params["V"] + m.get("bias", 1.0) * params["b_y"]
            i = m.get("draw", sample_next)(logits, temperature, rng)
            text += vocab[i]
            h, c = _step(m.get("feed", lambda i, prompt, vocab: i)(i, prompt, vocab), h, c, params)
            h, c = m.get("between", lambda h, c: (h, c))(h, c)
        return m.get("finish", lambda text, vocab: text)(text, vocab)

    return function


def _smallest_lead(args: Args) -> float:
    """By how much the likeliest character's logit is ahead of the next, at its narrowest."""
    leads = []

    def draw(logits, temperature, rng):
        second, best = np.sort(logits)[-2:]
        leads.append(best - second)
        return int(np.argmax(logits))

    _written(draw=draw)(**args)
    return min(leads)


WRITE_WRONG = (
    Wrong("prompt not read", _written(read=lambda prompt: ""),
          "The prompt is never read: the first new character is drawn from states of zero."),
    Wrong("only the prompt's last character", _written(read=lambda prompt: prompt[-1:]),
          "Only the last character of the prompt is read. The states must have seen all of it."),
    Wrong("prompt without its last character", _written(read=lambda prompt: prompt[:-1]),
          "The last character of the prompt is not read before the first one is drawn."),
    Wrong("prompt backwards", _written(read=lambda prompt: prompt[::-1]),
          "The prompt is read backwards."),
    Wrong("last character read twice", _written(read=lambda prompt: prompt + prompt[-1:]),
          "The last character of the prompt is read twice: once with the prompt and once more before "
          "the first new one."),
    Wrong("new characters not fed back",
          _written(feed=lambda i, prompt, vocab: vocab.index(prompt[-1])),
          "What was drawn is not read: the prompt's last character is read again and again. Each new "
          "character is the next input."),
    Wrong("hidden state lost", _written(between=lambda h, c: (np.zeros_like(h), c)),
          "h starts anew at every character, or the output is made from zeros. Carry h and c on."),
    Wrong("cell state lost", _written(between=lambda h, c: (h, np.zeros_like(c))),
          "c starts anew at every character. Both states are carried on."),
    Wrong("only the new text", _written(start=lambda prompt: ""),
          "You return the new characters alone. The prompt comes first.", costs=LENGTH),
    Wrong("length counts the prompt",
          _written(count=lambda length, prompt: max(0, length - len(prompt))),
          "Your length includes the prompt. `length` new characters are asked for."),
    Wrong("one too few", _written(count=lambda length, prompt: length - 1),
          "One new character is missing at the end."),
    Wrong("one too many", _written(count=lambda length, prompt: length + 1),
          "There is one new character too many."),
    Wrong("a list of ids", _written(finish=lambda text, vocab: [vocab.index(c) for c in text]),
          "You return ids. Turn them back into characters, vocab[id], and join them to one string."),
    Wrong("a list of characters", _written(finish=lambda text, vocab: list(text)),
          "You return a list of characters. \"\".join(…) makes one string of it."),
    Wrong("always the likeliest",
          _written(draw=lambda logits, temperature, rng: int(np.argmax(logits))),
          "You always take the likeliest character. Draw it: sample_next(logits, temperature, rng).",
          costs=HEATED),
    Wrong("temperature left out",
          _written(draw=lambda logits, temperature, rng: sample_next(logits, min(temperature, 1.0), rng)),
          "The temperature is not passed on to sample_next.", costs=HEATED),
    Wrong("b_y left out", _written(bias=0.0), "Your logits have no bias: h V + b_y."),
)  # fmt: skip


# --- perplexity -------------------------------------------------------------------------------

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
        Group("leaves its arguments alone", kind="pure"),
    ]  # fmt: skip


def _log_p(logits, targets):
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]


def _textbook(logits, targets):
    e = np.exp(logits)
    p = e / e.sum(axis=-1, keepdims=True)
    return float(np.exp(-np.log(np.take_along_axis(p, targets[..., None], axis=-1)).mean()))


def _shifts_in_place(logits, targets):
    logits -= logits.max(axis=-1, keepdims=True)
    return perplexity(logits, targets)


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
    Wrong("logits changed", _shifts_in_place,
          "Your number is right, but the logits are other ones after the call: `-=` writes into the "
          "caller's array.", costs="leaves its arguments alone"),
)  # fmt: skip


EXERCISES = [
    Exercise(
        reference=encode,
        groups=text_groups,
        wrong=ENCODE_WRONG,
        hints=(
            "sorted(set(text)) is the vocabulary: every character once, in a fixed order.",
            "For a text of a million characters looking each up in a list is slow. A dict from "
            "character to place is quick: {character: i for i, character in enumerate(vocab)}.",
        ),
        returns=("ids", "vocab"),
    ),
    Exercise(
        reference=sample_next,
        groups=draw_groups,
        wrong=DRAW_WRONG,
        hints=(
            "Divide the logits by the temperature, then softmax: these are the probabilities.",
            "Draw a number between 0 and 1 for each row. The id is the first place where the sum of "
            "the probabilities up to there exceeds it: cumsum, a comparison, argmax.",
            "Or, in one line and without exp: add rng.gumbel(size=logits.shape) to the tempered logits "
            "and take the argmax. It draws with exactly the probabilities of the softmax.",
        ),
        notes=section("Final Output"),
    ),
    Exercise(
        reference=generate,
        groups=writer_groups,
        wrong=WRITE_WRONG,
        hints=(
            "Two loops. The first reads the prompt and keeps only the states; the second draws and "
            "reads what was drawn.",
            "A character goes in as a one-hot row (1, K). lstm_step gives h and c; the logits are "
            "h @ V + b_y, one row.",
            "In the second loop: logits, id = sample_next(…), text += vocab[id], and then the step "
            "with this id.",
        ),
        notes=section("Final Output"),
    ),
    Exercise(
        reference=perplexity,
        groups=perplexity_groups,
        wrong=PERPLEXITY_WRONG,
        hints=(
            "cross_entropy of unit 07 is summed over time and averaged over the batch. What is it per "
            "character?",
            "np.exp(cross_entropy(logits, targets) / len(targets)).",
        ),
        notes=section("Backpropagation"),
    ),
]

QUESTIONS = [
    Question(
        name="perplexity",
        text="A network has perplexity 5 on English text. What does that mean?",
        options=(
            "It is right once in five times",
            "It is as unsure as if it had to guess among 5 equally likely characters",
            "It needs 5 characters to be sure",
        ),
        answers=(
            "How often its first choice is right is another number, the accuracy.",
            "Yes: exp of the mean loss. With K equally likely characters it would be K.",
            "No. It is about every single character, on average.",
        ),
        right=1,
    ),
]
