"""What `torch_init` is judged by."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.authoring import Args, Exercise, Group, Wrong, generator
from utils.networks import torch_start

from notes import section

RANGE = "weights between -1/√H and 1/√H"
BIASES = "every bias is the sum of two draws"
UNIFORM = "weights uniform in between"
OWN = "every array drawn for itself"
APART = ("call by call", *(f"along axis {k}" for k in range(3)), "mirrored or moved", "same number")
DRAWS = "draws from the generator it is given, and from nothing else"
CALLS = 40


def torch_init(rng, D, H):
    return start()(rng, D, H)


def start(**mistake):
    """torch_init with one thing wrong."""

    def function(rng, D, H):
        m = mistake
        a = m.get("width", lambda D, H: 1 / np.sqrt(H))(D, H)
        draw = m.get("draw", lambda rng, a, shape: rng.uniform(-a, a, size=shape))
        bias = m.get("bias", lambda rng, a, H: draw(rng, a, H) + draw(rng, a, H))
        params = {}
        for gate in "ifgo":
            params[f"U_{gate}"] = draw(rng, m.get("wide", lambda a, D: a)(a, D), (D, H))
            params[f"W_{gate}"] = draw(rng, a, (H, H))
            params[f"b_{gate}"] = bias(rng, a, H)
        return m.get("finish", lambda params: params)(params)

    return function


def torch_init_groups(rng: np.random.Generator) -> list[Group]:
    def case(D: int, H: int) -> Args:
        return {"rng": generator(rng), "D": D, "H": H}

    # 40 calls: at least 30,720 weights and 5,120 biases, so that those of the right law are farther off
    # than 0.03 or 0.05 with a probability below 1e-10 (`utils.judging.chance`)
    home = case(6, 32)
    sizes = [case(7, 5), case(1, 4), case(5, 1), case(3, 3)]

    def expected(cases: list[Args], measure: Callable[..., Any]) -> list:
        return [measure(c, torch_init(np.random.default_rng(0), c["D"], c["H"])) for c in cases]

    return [
        Group("twelve arrays, in this course's shapes", sizes,
              measure="utils.networks.torch_start:shapes",
              expected=expected(sizes, torch_start.shapes)),
        Group(RANGE, [home], measure="utils.networks.torch_start:reach", times=CALLS,
              expected=[{kind: np.array([-1.0, 1.0]) for kind in "UW"}], rtol=0, atol=0.01,
              says="Both U and W: 1/√H, whatever D is."),
        Group(UNIFORM, [home], measure="utils.networks.torch_start:uneven", times=CALLS,
              expected=[{"U": 0.0, "W": 0.0}], rtol=0, atol=0.03),
        Group(BIASES, [home], measure="utils.networks.torch_start:biases", times=CALLS,
              rtol=0, atol=0.05,
              expected=[{"distance": 0.0, "within 1/√H": 0.75, "beyond 2/√H": 0.0}]),
        Group(OWN, [home], measure="utils.networks.torch_start:copied", times=CALLS,
              expected=[dict.fromkeys(APART, 0.0)], rtol=0, atol=0.01),
        Group(DRAWS, kind="pure"),
    ]  # fmt: skip


_calls = itertools.count()


def _unseeded(rng, D, H):
    return torch_init(np.random.default_rng(next(_calls) % 2), D, H)


def _one_for_all(params):
    return {name: params[f"{name[0]}_i"].copy() for name in params}


def _forget_one(params):
    return params | {"b_f": np.ones_like(params["b_f"])}


TORCH_INIT_WRONG = (
    Wrong("one draw for each bias", start(bias=lambda rng, a, H: rng.uniform(-a, a, size=H)),
          "Each of your biases is one draw. PyTorch draws two and adds them, so the sum reaches twice as "
          "far and mostly lies in the middle.", costs=BIASES),
    Wrong("one draw, doubled", start(bias=lambda rng, a, H: 2 * rng.uniform(-a, a, size=H)),
          "You double one draw. Two draws are two numbers, and their sum lies in the middle more often: "
          "draw twice, add.", costs=BIASES),
    Wrong("mean of two draws", start(bias=lambda rng, a, H: rng.uniform(-a, a, size=(2, H)).mean(0)),
          "Your biases are the mean of two draws. PyTorch adds its two biases.", costs=BIASES),
    Wrong("difference that is always positive",
          start(bias=lambda rng, a, H: np.abs(rng.uniform(-a, a, H) + rng.uniform(-a, a, H))),
          "No bias of yours is negative. The sum of two draws from -1/√H to 1/√H is as often below 0.",
          costs=BIASES),
    Wrong("biases zero", start(bias=lambda rng, a, H: np.zeros(H)),
          "Your biases are 0, as in unit 08. PyTorch draws them.", costs=BIASES),
    Wrong("forget bias 1", start(finish=_forget_one),
          "Your b_f is 1, as in unit 08. nn.LSTM draws it like all others: nobody opens its forget gate.",
          costs=BIASES),
    Wrong("weights normal", start(draw=lambda rng, a, shape: a * rng.normal(size=shape)),
          "Your weights are normal, so some lie far outside. PyTorch's are uniform: rng.uniform(-a, a)."),
    Wrong("weights normal, as spread as PyTorch's",
          start(draw=lambda rng, a, shape: a / np.sqrt(3) * rng.normal(size=shape)),
          "The spread is right, but a normal distribution has no bounds. PyTorch's weights are uniform: "
          "rng.uniform(-a, a)."),
    Wrong("only positive", start(draw=lambda rng, a, shape: a * rng.random(shape)),
          "All your weights are positive: rng.random draws from 0 to 1. From -a to a: rng.uniform(-a, a, "
          "size=…)."),
    Wrong("1/√D for U", start(wide=lambda a, D: 1 / np.sqrt(D)),
          "U reaches to 1/√D, which is what one would expect. PyTorch takes 1/√H for every array."),
    Wrong("1/H", start(width=lambda D, H: 1 / H),
          "You divide by H. It is the root: 1/√H."),
    Wrong("√H", start(width=lambda D, H: np.sqrt(H)),
          "Your weights reach to √H. It is 1/√H."),
    Wrong("1/√(4H)", start(width=lambda D, H: 1 / np.sqrt(4 * H)),
          "You take the root of 4H, the number of packed rows. It is the hidden size: 1/√H."),
    Wrong("Glorot", start(width=lambda D, H: np.sqrt(6 / (D + H))),
          "You use Glorot's range, √(6/(D + H)), as Keras does. PyTorch's is 1/√H."),
    Wrong("one gate's numbers for all", start(finish=_one_for_all),
          "All gates have the same numbers, so they would learn the same. Draw anew for each.",
          costs=OWN),
    Wrong("weights in the middle more often",
          start(draw=lambda rng, a, shape: a / 2 * (rng.uniform(-1, 1, shape) + rng.uniform(-1, 1, shape)),
                bias=lambda rng, a, H: rng.uniform(-a, a, H) + rng.uniform(-a, a, H)),
          "Your weights have the right bounds, but most lie in the middle: a sum of two draws is that of "
          "the biases. A weight is one draw, anywhere between -1/√H and 1/√H alike.", costs=UNIFORM),
    Wrong("normal, cut off at the bounds",
          start(draw=lambda rng, a, shape: np.clip(a / np.sqrt(3) * rng.normal(size=shape), -a, a),
                bias=lambda rng, a, H: rng.uniform(-a, a, H) + rng.uniform(-a, a, H)),
          "Your weights are normal and cut off at the bounds. PyTorch's are uniform: rng.uniform(-a, a).",
          costs=UNIFORM),
    Wrong("normal biases", start(bias=lambda rng, a, H: a * np.sqrt(2 / 3) * rng.normal(size=H)),
          "Your biases are as spread as they should be, but normal: some lie beyond 2/√H. Each is the sum "
          "of two draws from -1/√H to 1/√H.", costs=BIASES),
    Wrong("one gate's weights for two", start(finish=lambda p: p | {
              "U_g": p["U_i"].copy(), "W_g": p["W_i"].copy()}),
          "The candidate has the input gate's numbers. Draw anew for each gate.", costs=OWN),
    Wrong("one gate the opposite of another", start(finish=lambda p: p | {
              "U_f": -p["U_i"], "W_f": -p["W_i"]}),
          "The forget gate has the input gate's numbers with the sign turned. Draw anew for each gate.",
          costs=OWN),
    Wrong("rows repeated", start(finish=lambda p: {
              name: np.repeat(a[:1], len(a), axis=0) if name[0] == "U" else a
              for name, a in p.items()}),
          "In each U all rows are the first one: every input would do the same. Draw all D rows.",
          costs=OWN),
    Wrong("one unit for all", start(finish=lambda p: {
              name: np.repeat(a[..., :1], a.shape[-1], axis=-1) for name, a in p.items()}),
          "All hidden units have the same weights, so they would stay alike for ever. Draw all H columns."),
    Wrong("U and W share their numbers", start(finish=lambda p: p | {
              f"U_{a}": p[f"W_{a}"][np.arange(len(p[f"U_{a}"])) % len(p[f"W_{a}"])] for a in "figo"}),
          "U is made of rows of W. Draw it for itself.", costs=OWN),
    Wrong("packed shapes", start(finish=lambda p: {
              name: np.concatenate([p[f"{name}_{a}"] for a in "ifgo"], axis=-1) for name in "UWb"}),
          "Your weights are packed, and named U, W, b. In this course's params each gate has its own: "
          "twelve arrays, U_f … b_o."),
    Wrong("transposed", start(finish=lambda p: {name: a.T.copy() for name, a in p.items()}),
          "U is (H, D): PyTorch's way round. In this course it is (D, H)."),
    Wrong("a generator of its own", _unseeded,
          "You make a generator of your own, so nobody can repeat your run. Draw from rng.", costs=DRAWS),
)  # fmt: skip


EXERCISE = Exercise(
    reference=torch_init,
    groups=torch_init_groups,
    wrong=TORCH_INIT_WRONG,
    hints=(
        "a = 1 / np.sqrt(H). rng.uniform(-a, a, size=(D, H)) is one U.",
        "A loop over the four letters f, i, g, o fills all twelve arrays.",
        "A bias: rng.uniform(-a, a, size=H) + rng.uniform(-a, a, size=H).",
    ),
    notes=section("LSTMs"),
)
