"""The names that a cell, or a statement of one, binds and uses."""

from __future__ import annotations

import ast
import re
import symtable
from functools import lru_cache

# names that reach all others, or the state of a library
REACHES_ALL = {
    "__import__",
    "__main__",
    "builtins",
    "delattr",
    "dir",
    "eval",
    "exec",
    "exit",
    "gc",
    "get_ipython",
    "getattr",
    "globals",
    "importlib",
    "inspect",
    "locals",
    "quit",
    "setattr",
    "sys",
    "vars",
    "In",
    "Out",
}
# modules and attributes that do, by whatever name they are imported
_MODULES = {
    "IPython",
    "__main__",
    "builtins",
    "ctypes",
    "gc",
    "importlib",
    "inspect",
    "sys",
    "weakref",
}
_WAYS = {
    "__builtins__",
    "__del__",
    "__dict__",
    "__globals__",
    "__subclasses__",
    "f_back",
    "f_builtins",
    "f_globals",
    "f_locals",
    "gi_frame",
    "modules",
    "tb_frame",
}
_HISTORY = re.compile(r"_+|_i+\d*|_\d+|_[iod]h")  # IPython's, of what was run before
# attributes of modules by which a cell changes what others compute
_STATE = {"chdir", "environ", "seed", "set_state", "seterr"}
_COMPREHENSIONS = {"genexpr", "listcomp", "setcomp", "dictcomp"}
_NESTS = ("not ", " if ", "lambda", "await ", "else:", "elif ", "with ", "for ", "def ")


class Names:
    """What a piece of code binds, imports and uses of what is around it, by names.

    changes: what its functions may change when somebody calls them. clear: whether all that can be
    told. touches_state: whether it sets what others compute by.
    """

    def __init__(self, source: str) -> None:
        self.binds: set[str] = set()
        self.uses: set[str] = set()
        self.imported: set[str] = set()
        self.changes: set[str] = set()
        self.touches_state = False
        self.clear = True
        try:
            if is_huge(source):
                raise ValueError("not to be read here")
            tree = ast.parse(source)
            tables = [symtable.symtable(source, "cell", "exec")]
        # a magic, a shell line, no Python, or more than is read
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.clear = False
            return
        while tables:
            table = tables.pop()
            tables += table.get_children()
            top = table.get_type() == "module"
            # a function's `locals()` are its own; a comprehension's are those around it, from
            # Python 3.12 on
            own = table.get_type() == "function" and table.get_name() not in _COMPREHENSIONS
            for symbol in table.get_symbols():
                if table.get_type() == "class" and symbol.is_referenced():
                    self.uses.add(symbol.get_name())  # bound there, it may be read outside before
                if top or symbol.is_global():
                    if symbol.is_referenced() and not (own and symbol.get_name() == "locals"):
                        self.uses.add(symbol.get_name())
                    if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                        self.binds.add(symbol.get_name())
                    if symbol.is_imported():
                        self.imported.add(symbol.get_name())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.clear &= all(alias.name != "*" for alias in node.names)
                self.clear &= not _MODULES & _roots(node)
            elif isinstance(node, ast.Attribute):
                self.touches_state |= node.attr in _STATE
                self.clear &= node.attr not in _WAYS
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
                self.uses.add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                self.changes |= _changed_in(node)
            self.clear &= not _acts_at_its_end(node)
        self.clear &= not self.uses & REACHES_ALL
        self.clear &= not any(map(_HISTORY.fullmatch, self.uses))


def _acts_at_its_end(node: ast.AST) -> bool:
    """Whether it makes objects that do something when nothing refers to them any more.

    When that is depends on whatever else is run. A generator that is let go runs what stands in
    `finally`, or at the end of a `with`.
    """
    match node:
        case ast.FunctionDef(name="__del__") | ast.Name(id="__del__") | ast.Constant("__del__"):
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            inside = list(ast.walk(node))
            return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in inside) and any(
                isinstance(n, ast.Try | ast.TryStar | ast.With | ast.AsyncWith) for n in inside
            )
    return False


def _roots(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = (
        [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    )
    return {name.partition(".")[0] for name in names}


def _changed_in(function: ast.AST) -> set[str]:
    """What of outside a function declares global, calls a method of, or assigns a part of."""
    found: set[str] = set()
    outer: set[str] = set()
    inner: set[str] = set()
    for node in ast.walk(function):
        whole: ast.AST | None = None
        if isinstance(node, ast.Global | ast.Nonlocal):
            outer |= set(node.names)
        elif isinstance(node, ast.arg):
            inner.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            inner.add(node.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            whole = node.func.value
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            whole = node.value
        while isinstance(whole, ast.Attribute | ast.Subscript):
            whole = whole.value
        if isinstance(whole, ast.Name):
            found.add(whole.id)
    return found - inner | outer


def is_huge(source: str) -> bool:
    """Whether reading it could cost the grader much: a stranger may have written it for that.

    What nests is counted, so that no reader of Python's gets near the end of its stack.
    """
    nesting = sum(map(source.count, "-~+*([{.@/%")) + sum(map(source.count, _NESTS))
    return len(source) > 20_000 or nesting > 2_000


@lru_cache(maxsize=4096)
def parsed(source: str) -> Names:
    return Names(source)
