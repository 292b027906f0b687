"""What `generate` is judged by."""

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, generator, pure
from utils.judging.chance import BESIDE

from .shared import _probabilities, sample_next
from lstm import random_params, sigmoid
from notes import section


def generate(params, vocab, prompt, length, temperature, rng):
    return _written()(params, vocab, prompt, length, temperature, rng)


LENGTH = "the prompt, then exactly `length` new characters"


HEATED = "the temperature reaches sample_next"


MEMORY = "the states are carried from character to character"


COLD_ENOUGH = 1e-4  # a temperature at which the likeliest character is drawn, whatever the noise


MARGIN = 100 * COLD_ENOUGH


# drawn at a temperature, 25 times: a share of 1,500 is off by 0.08 with probability below 1e-10
LETTERS = 60


MISREAD = {  # name → (how the prompt is read, what is said)
    "prompt not read": (
        lambda prompt: "",
        "The prompt is never read: the first new character is drawn from states of zero.",
    ),
    "only the prompt's last character": (
        lambda prompt: prompt[-1:],
        "Only the last character of the prompt is read. The states must have seen all of it.",
    ),
    "prompt without its last character": (
        lambda prompt: prompt[:-1],
        "The last character of the prompt is not read before the first one is drawn.",
    ),
    "prompt backwards": (
        lambda prompt: prompt[::-1],
        "The prompt is read backwards.",
    ),
    "last character read twice": (
        lambda prompt: prompt + prompt[-1:],
        "The last character of the prompt is read twice: once with the prompt and once more before "
        "the first new one.",
    ),
}


def writer_groups(rng: np.random.Generator) -> list[Group]:
    vocab = sorted("abdeor ")

    def model(
        params: dict,
        prompt: str,
        length: int,
        temperature: float = COLD_ENOUGH,
        vocab: list = vocab,
    ) -> Args:
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
        """A model that forgets what it reads: every character is drawn by b_y alone.

        The first four characters are as likely as the last four.
        """
        letters = sorted("abdeor -")
        params = random_params(rng, 8, 2, 8, 1.5) | {
            "V": np.zeros((2, 8)),
            "b_y": np.tile(rng.permutation(np.linspace(-3.0, 3.0, 4)), 2),
        }
        return model(params, "ba", length, temperature, letters)

    while True:  # until it shows that new characters are not read
        home = [sure("bread", 25), sure("a", 20), sure("abode road", 30)]
        unread = _written(draw=_likeliest, feed=_prompts_last)
        if any(unread(**case) != _written(draw=_likeliest)(**case) for case in home):
            break
    while True:  # until no misreading of the prompts goes unseen
        first = [
            sure(prompt, 1) for prompt in ("bread", "roar", "abode", "rabbed ore", "beard", "dodo")
        ]
        right = [_written(draw=_likeliest)(**case) for case in first]
        misread = [_written(draw=_likeliest, read=read) for read, _ in MISREAD.values()]
        if all([one(**case) for case in first] != right for one in misread):
            break
    drawn_cases = [by_bias(6.0, LETTERS)]
    expected = [
        {"shares": _probabilities(c["params"]["b_y"], c["temperature"])} | BESIDE
        for c in drawn_cases
    ]
    return [
        Group("a string", home[:1], kind="shape"),
        Group(LENGTH, home, measure="utils.training.drawn:prompt_and_length", expected=["as it should be"] * 3),
        Group("what comes first follows from the whole prompt", first),
        Group(MEMORY, home, points=2,
              says="Every new character is read in its turn, with the h and c that came before."),
        Group(HEATED, drawn_cases, measure="utils.training.drawn:letter_draws", expected=expected,
              rtol=0.0, atol=0.08, times=25),
        pure(),
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


def _prompts_last(i, prompt, vocab):
    return vocab.index(prompt[-1])


def _likeliest(logits, temperature, rng):
    return int(np.argmax(logits))


def _smallest_lead(args: Args) -> float:
    """By how much the likeliest character's logit is ahead of the next, at its narrowest."""
    leads = []

    def draw(logits, temperature, rng):
        second, best = np.sort(logits)[-2:]
        leads.append(best - second)
        return _likeliest(logits, temperature, rng)

    _written(draw=draw)(**args)
    return min(leads)


WRITE_WRONG = (
    *(Wrong(name, _written(read=read), says) for name, (read, says) in MISREAD.items()),
    Wrong("new characters not fed back",
          _written(feed=_prompts_last),
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


EXERCISE = Exercise(
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
)
