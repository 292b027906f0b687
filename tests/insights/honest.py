"""How often `autograder similar` is wrong about honest classes, and how many copies it finds.

    .venv/bin/python tests/insights/honest.py

A class is drawn from the right answers of tests/course/test_right_answers.py and the solutions: of
each exercise everyone has one of the two or three ways to write it, word for word. So two honest
students often have the very same answer, which is the hardest case. A copy is a way of writing that
nobody else in the class has, with other names and other comments.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat

from autograder.cells import grade_id
from autograder.insights.alike import Code, alike

ROOT = Path(__file__).resolve().parents[2]
Answers = dict[str, list[str]]  # exercise → ways to write it, the solution first


@cache
def units() -> dict[str, Answers]:
    """Unit → its exercises."""
    written = right_answers()
    found: dict[str, Answers] = {}
    for path in sorted((ROOT / "solutions").glob("[0-9]*/*.py")):
        notebook = path.with_suffix(".ipynb")
        if not notebook.is_file():
            continue
        for cell in nbformat.read(notebook, as_version=4).cells:
            id = grade_id(cell) or ""
            if cell.cell_type == "code" and id in written:
                lines = [line for line in cell.source.splitlines() if "###" not in line]
                found.setdefault(path.parent.name, {})[id] = ["\n".join(lines), *written[id]]
    return found


@cache
def right_answers() -> Answers:
    """The functions under `@answers_to(exercise)`, as they are written."""
    file = ROOT / "tests" / "course" / "test_right_answers.py"
    source = file.read_text(encoding="utf-8")
    found: Answers = {}
    for node in ast.parse(source).body:
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "answers_to":
                text = ast.get_source_segment(source, node)
                found.setdefault(ast.literal_eval(mark.args[0]), []).append(text or "")
    return found


def honest(unit: str, size: int, seed: int) -> dict[str, list[str]]:
    """Student → the cells of their answers."""
    rng = random.Random(f"{seed} {unit}")
    return {f"s{n}": [rng.choice(ways) for ways in units()[unit].values()] for n in range(size)}


def copied(unit: str, size: int) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """(what was copied, a class in which s1 has it from s0)."""
    for place, (id, ways) in enumerate(units()[unit].items()):
        for way in ways[1:]:
            others = {key: [w for w in all if w != way] for key, all in units()[unit].items()}
            rng = random.Random(f"{unit} {id}")
            cells = {f"s{n}": [rng.choice(w) for w in others.values()] for n in range(size)}
            cells["s0"][place], cells["s1"][place] = way, disguised(way)
            yield way, cells


def disguised(source: str) -> str:
    """The same with other names and other comments."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    own = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in own:
            node.id = f"my_{node.id}"
        elif isinstance(node, ast.arg):
            node.arg = f"my_{node.arg}"
    return "# all mine\n" + "\n".join(f"{line}  # !" for line in ast.unparse(tree).splitlines())


@cache
def code(cells: tuple[str, ...]) -> Code:
    return Code.of(cells)


def pairs(unit: str, cells: dict[str, list[str]]) -> set[tuple[str, str]]:
    """The pairs that are shown of a class."""
    known = [code(tuple(ways[0] for ways in units()[unit].values()))]
    found = alike({student: code(tuple(own)) for student, own in cells.items()}, known)
    return {(pair.one, pair.other) for pair in found}


def main() -> None:
    print("| honest class of | pairs | shown |\n|---|---|---|")
    for size in (6, 10, 20, 30, 60, 200):
        seeds = range(10 if size < 200 else 1)
        shown = sum(len(pairs(unit, honest(unit, size, s))) for unit in units() for s in seeds)
        print(f"| {size} | {len(units()) * len(seeds) * size * (size - 1) // 2:,} | {shown} |")
    found = [
        (len(Code.of([way]).spans) >= 60, ("s0", "s1") in pairs(unit, cells))
        for unit in units()
        for way, cells in copied(unit, 60)
    ]
    long = [hit for is_long, hit in found if is_long]
    print(f"copies found in a class of 60: {sum(hit for _, hit in found)} of {len(found)}", end="")
    print(f"; of those with 60 tokens or more: {sum(long)} of {len(long)}")


if __name__ == "__main__":
    main()
