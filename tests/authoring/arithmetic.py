"""The course computed by another arithmetic, as on a processor that rounds differently.

`python -m tests.authoring.arithmetic KIND [UNIT …]` makes every spec anew and judges every solution
and every known wrong answer by the stored ones, with the products and sums of the course's own code
evaluated in another way. What is stored must come out the same, and so must every verdict:

reversed   they are added up from the last term to the first, products one by one
extended   they are evaluated in extended precision and rounded

Where long double is no wider than double (macOS on arm64), "extended" is NumPy's own loop instead.

No product of the course's own reaches BLAS then, so this holds whatever kernels a machine has.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "utils" / "judging"  # computes nothing
WIDE = {"f": np.longdouble, "c": np.clongdouble}
SUMS = ("sum", "mean", "prod")
PRODUCTS = ("dot", "matmul", "einsum", "outer", "tensordot")

kind = "plain"


def product(a: Any, b: Any) -> Any:
    """a @ b in the arithmetic that was chosen."""
    return other(lambda x, y: x @ y, a, b, backwards=_product_backwards)


def method(value: Any, name: str, *args: Any, **more: Any) -> Any:
    """value.name(…), for sums and products of arrays in the arithmetic that was chosen."""
    if not isinstance(value, np.ndarray):
        return getattr(value, name)(*args, **more)
    if name == "dot":
        return product(value, *args)

    def usual(a: np.ndarray, *rest: Any, **options: Any) -> Any:
        return getattr(a, name)(*rest, **options)

    return other(usual, value, *args, backwards=_turned(usual), **more)


class Numpy:
    """NumPy, with sums and products in the arithmetic that was chosen."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)
        if name in ("matmul", "dot"):
            return product
        if name in SUMS:
            return lambda *args, **more: other(function, *args, backwards=_turned(function), **more)
        if name in PRODUCTS:
            return lambda *args, **more: other(function, *args, **more)
        return function


numpy = Numpy()


def other(
    function: Callable[..., Any],
    *args: Any,
    backwards: Callable[..., Any] | None = None,
    **more: Any,
) -> Any:
    """function(…) in the arithmetic that was chosen; its errors and warnings are NumPy's own."""
    usual = function(*args, **more)
    inexact = isinstance(usual, np.ndarray | np.generic) and usual.dtype.kind in WIDE
    if not inexact or "out" in more:
        return usual
    with np.errstate(all="ignore"):
        if kind == "reversed" and backwards is not None:
            return np.asarray(backwards(*args, **more)).astype(usual.dtype)[()]
        wide = function(*map(_widened, args), **more)  # einsum and its like have no way backwards
    return np.asarray(wide).astype(usual.dtype)[()]


def _widened(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in WIDE:
        return value.astype(WIDE[value.dtype.kind])
    return value


def _turned(function: Callable[..., Any]) -> Callable[..., Any]:
    """A sum from the last term to the first."""

    def turned(a: Any, *rest: Any, **more: Any) -> Any:
        axis = rest[0] if rest else more.get("axis")
        return function(np.flip(np.asarray(a), axis), *rest, **more)

    return turned


def _product_backwards(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    left, right = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    total = np.zeros(())
    for k in reversed(range(left.shape[-1])):
        total = total + left[..., :, k : k + 1] * right[..., k : k + 1, :]
    if b.ndim == 1:
        total = total[..., 0]
    return total[..., 0] if a.ndim == 1 and b.ndim == 1 else total[0] if a.ndim == 1 else total


class Rewritten(ast.NodeTransformer):
    """A module whose products and sums are the ones above."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        return self._call(node, "product", [node.left, node.right], [])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        of = node.func
        of_numpy = isinstance(of, ast.Attribute) and getattr(of.value, "id", "") == "__numpy__"
        if not isinstance(of, ast.Attribute) or of.attr not in (*SUMS, "dot") or of_numpy:
            return node
        return self._call(
            node, "method", [of.value, ast.Constant(of.attr), *node.args], node.keywords
        )

    def visit_Name(self, node: ast.Name) -> ast.AST:
        loaded = node.id == "np" and isinstance(node.ctx, ast.Load)
        return ast.copy_location(ast.Name("__numpy__", ast.Load()), node) if loaded else node

    def _call(self, node: ast.AST, name: str, args: list, more: list) -> ast.AST:
        function = ast.Attribute(ast.Name("__arithmetic__", ast.Load()), name, ast.Load())
        return ast.copy_location(ast.Call(function, args, more), node)


def rewritten(source: str | bytes, path: str) -> Any:
    tree = Rewritten().visit(ast.parse(source))
    head = (
        "from tests.authoring import arithmetic as __arithmetic__\n__numpy__ = __arithmetic__.numpy"
    )
    at = 0  # after the docstring and what must stand first
    while at < len(tree.body) and (
        (isinstance(tree.body[at], ast.Expr) and at == 0)
        or getattr(tree.body[at], "module", "") == "__future__"
    ):
        at += 1
    tree.body[at:at] = ast.parse(head).body
    return compile(ast.fix_missing_locations(tree), path, "exec")


def use(chosen: str) -> None:
    """From here on the course's modules are imported with that arithmetic."""
    global kind
    kind = chosen
    usual = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, fullname: str) -> Any:
        path = Path(loader.path).resolve()
        content = ROOT / "solutions" in path.parents or (
            ROOT / "utils" in path.parents and ENGINE not in path.parents
        )
        if not content:
            return usual(loader, fullname)
        return rewritten(path.read_bytes(), str(path))

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]


def main(chosen: str, *names: str) -> int:
    use(chosen)
    from autograder.authoring.build import finished
    from autograder.authoring.exercise import load_unit, same_spec
    from autograder.course import units
    from utils.judging.judge import judge
    from utils.judging.run import answers
    from utils.judging.spec import read_spec

    right: dict[str, Any] = {"np": np}
    for id, source in finished(ROOT):
        exec(rewritten(source, id), right)
    wrong = judged = 0
    for name in names or units(ROOT):
        unit = load_unit(ROOT / "solutions" / name)
        data = (ROOT / "solutions" / name / "cases.npz").read_bytes()
        for id in unit.exercises:
            stored, anew = read_spec(data, id), unit.with_pairs(unit.spec(id))
            said = []
            if not same_spec(stored, anew):
                said.append("the stored spec differs")
            verdict = judge(stored, answers(right[id], stored))
            said += [f"solution: {check.message}" for check in verdict.checks if not check.passed]
            for known in anew.misconceptions:
                verdict = judge(stored, known.outcomes)
                if verdict.passed or verdict.misconceptions != (known.name,):
                    said.append(f"{known.name}: told {verdict.misconceptions or 'nothing'}")
            judged += 1 + len(anew.misconceptions)
            wrong += len(said)
            for line in said:
                print(f"{name} {id}: {line}")
    print(f"{chosen}: {judged} answers judged, {wrong} differ")
    return 1 if wrong or not judged else 0


if __name__ == "__main__":
    from tests.authoring import arithmetic

    sys.exit(arithmetic.main(*sys.argv[1:]))
