"""The names that a cell, or a statement of one, binds and uses."""

from __future__ import annotations

import ast
import symtable
from functools import lru_cache

# names that reach all others, or the state of a library
REACHES_ALL = {
    "__main__",
    "delattr",
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
# attributes of modules by which a cell changes what others compute
_STATE = {"chdir", "environ", "seed", "set_state", "seterr"}
_COMPREHENSIONS = {"genexpr", "listcomp", "setcomp", "dictcomp"}
_NESTS = ("not ", " if ", "lambda", "await ", "else:", "elif ", "with ", "for ", "def ")


class Names:
    """What a piece of code binds, imports and uses of what is around it, by names.

    clear: whether that can be told. touches_state: whether it sets what others compute by.
    """

    def __init__(self, source: str) -> None:
        self.binds: set[str] = set()
        self.uses: set[str] = set()
        self.imported: set[str] = set()
        self.touches_state = False
        self.clear = True
        try:
            if _is_huge(source):
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
            elif isinstance(node, ast.Attribute):
                self.touches_state |= node.attr in _STATE
        self.clear &= not self.uses & REACHES_ALL and "_" not in self.uses


def _is_huge(source: str) -> bool:
    """Whether reading it could cost the grader much: a stranger may have written it for that.

    What nests is counted, so that no reader of Python's gets near the end of its stack.
    """
    nesting = sum(map(source.count, "-~+*([{.@/%")) + sum(map(source.count, _NESTS))
    return len(source) > 20_000 or nesting > 2_000


@lru_cache(maxsize=4096)
def parsed(source: str) -> Names:
    return Names(source)
