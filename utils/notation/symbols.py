"""What each array of the course is called here, its shape, and its name elsewhere.

Elsewhere is: PyTorch's `torch.nn.LSTM`; the assignments of Stanford's CS231n; *Dive into Deep
Learning* (d2l.ai, chapter 10); the papers of 1997 (Hochreiter and Schmidhuber,
https://doi.org/10.1162/neco.1997.9.8.1735) and 2000 (Gers, Schmidhuber and Cummins,
https://doi.org/10.1162/089976600300015015); and Greff et al., *LSTM: A Search Space Odyssey* (2017,
https://doi.org/10.1109/TNNLS.2016.2582924).
"""

from __future__ import annotations

from dataclasses import dataclass

GATES = ("f", "i", "g", "o")  # in the order in which the course names them
TORCH_ORDER = ("i", "f", "g", "o")  # in the order in which PyTorch packs them


@dataclass(frozen=True)
class Symbol:
    """A row of the table. All but `weights` is Markdown; papers and greff hold TeX between $.

    weights: the kinds of weight that the row stands for, as in `weight_shapes`.
    """

    here: str
    shape: str
    meaning: str
    pytorch: str = ""
    cs231n: str = ""
    d2l: str = ""
    papers: str = ""
    greff: str = ""
    weights: tuple[str, ...] = ()


def _of_gates(kind: str) -> tuple[str, ...]:
    return tuple(f"{kind}_{gate}" for gate in GATES)


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


SYMBOLS = (
    Symbol(
        here="N, T, D, H, K",
        shape="",
        meaning="batch, time steps, inputs, hidden units, outputs or classes",
        pytorch="N, L, H_in, H_out",
        cs231n="N, T, D, H, V",
        d2l="n, T, d, h, q",
    ),
    Symbol(
        here="`x`",
        shape="(T, N, D); one step (N, D)",
        meaning="input, time first, rows are examples",
        pytorch="`input`",
        cs231n="`x`",
        d2l="`X`",
        papers="$y^u$",
        greff="$x$",
    ),
    Symbol(
        here="`f`, `i`, `o`",
        shape="(N, H)",
        meaning="forget, input and output gate of one step, between 0 and 1",
        pytorch="f, i, o",
        cs231n="`f`, `i`, `o`",
        d2l="`F`, `I`, `O`",
        papers=r"$y^{\varphi}$, $y^{in}$, $y^{out}$",
        greff="$f$, $i$, $o$",
    ),
    Symbol(
        here="`g`",
        shape="(N, H)",
        meaning="candidate of one step, between −1 and 1",
        pytorch="g",
        cs231n="`g`",
        d2l="`C_tilde`",
        papers="$g(net_c)$",
        greff="$z$",
    ),
    Symbol(
        here="`c`",
        shape="(T, N, H); one step (N, H)",
        meaning="cell state",
        pytorch="c (the last: `c_n`)",
        cs231n="`c`",
        d2l="`C`",
        papers="$s_c$",
        greff="$c$",
    ),
    Symbol(
        here="`h`",
        shape="(T, N, H); one step (N, H)",
        meaning="hidden state",
        pytorch="`output` (the last: `h_n`)",
        cs231n="`h`",
        d2l="`H`",
        papers="$y^c$",
        greff="$y$",
    ),
    Symbol(
        here=_code(_of_gates("U")),
        shape="(D, H)",
        meaning="input → gate",
        pytorch=f"`weight_ih` (transposed, packed {', '.join(TORCH_ORDER)})",
        cs231n="`Wx`",
        d2l="`W_x*`",
        papers=r"$w_{\varphi u}$, $w_{in\,u}$, …",
        greff="$W_f$, $W_i$, $W_z$, $W_o$",
        weights=_of_gates("U"),
    ),
    Symbol(
        here=_code(_of_gates("W")),
        shape="(H, H)",
        meaning="hidden → gate",
        pytorch="`weight_hh` (transposed, packed)",
        cs231n="`Wh`",
        d2l="`W_h*`",
        papers="the same $w$",
        greff="$R_f$, $R_i$, $R_z$, $R_o$",
        weights=_of_gates("W"),
    ),
    Symbol(
        here=_code(_of_gates("b")),
        shape="(H,)",
        meaning="biases",
        pytorch="`bias_ih` + `bias_hh`",
        cs231n="`b`",
        d2l="`b_*`",
        papers="a $w$ whose $y^u$ is 1",
        greff="$b_f$, $b_i$, $b_z$, $b_o$",
        weights=_of_gates("b"),
    ),
    Symbol(
        here="`V`, `b_y`",
        shape="(H, K), (K,)",
        meaning="hidden → output (the notes have no `b_y`)",
        pytorch="`Linear`",
        cs231n="`W_vocab`",
        d2l="`W_hq`",
        papers="$w_{k u}$",
        weights=("V", "b_y"),
    ),
    Symbol(
        here="`params`",
        shape="dict of the names above",
        meaning="all weights, float64 unless said",
        pytorch="`state_dict`",
    ),
)

COLUMNS = {
    "here": "here",
    "shape": "shape",
    "meaning": "meaning",
    "pytorch": "PyTorch",
    "cs231n": "CS231n",
    "d2l": "d2l",
    "papers": "1997, 2000",
    "greff": "Greff 2017",
}


def weight_shapes(D: int, H: int, K: int) -> dict[str, tuple[int, ...]]:
    """Name → shape of every weight of a whole model, as the table has them: U_f (D, H) … b_y (K,).

    D: inputs. H: hidden units. K: outputs.
    """
    sizes = {"D": D, "H": H, "K": K}
    shapes: dict[str, tuple[int, ...]] = {}
    for row in SYMBOLS:
        written = row.shape.removesuffix(")").split("), ") if row.weights else []
        if len(written) == 1:
            written *= len(row.weights)
        for name, shape in zip(row.weights, written, strict=True):
            letters = shape.strip("()").replace(",", " ").split()
            shapes[name] = tuple(sizes[letter] for letter in letters)
    return shapes


def markdown_table(columns: tuple[str, ...] = tuple(COLUMNS)) -> str:
    """The table in Markdown, a line a row, with these columns of `COLUMNS` in this order."""
    rows = [[getattr(symbol, column) for column in columns] for symbol in SYMBOLS]
    lines = [[COLUMNS[column] for column in columns], *rows]
    text = ["|" + "".join(f" {cell} |" if cell else " |" for cell in line) for line in lines]
    return "\n".join([text[0], "|" + "---|" * len(columns), *text[1:]])
