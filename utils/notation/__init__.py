"""The course's notation in one place: its symbols, its equations and its words.

Unit 00's table, the cheat sheet and the glossary are made from it, and what checks a learner's
weights takes their names and shapes from it. Nothing here computes: names, shapes and text alone.
"""

from utils.notation.equations import BACKWARD, FORWARD, TRAINING, Equation
from utils.notation.glossary import TERMS, Term
from utils.notation.symbols import SYMBOLS, Symbol, markdown_table, weight_shapes

__all__ = [
    "BACKWARD",
    "FORWARD",
    "SYMBOLS",
    "TERMS",
    "TRAINING",
    "Equation",
    "Symbol",
    "Term",
    "markdown_table",
    "weight_shapes",
]
