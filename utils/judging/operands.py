"""Which two arrays met where an error was raised."""

from __future__ import annotations

import ast
import linecache
import traceback
from types import FrameType, TracebackType

import numpy as np

__all__ = ["met"]

_SIGNS = {ast.MatMult: "@", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
MOST = 40  # characters of a name


def met(tb: TracebackType) -> str:
    """The operands at a traceback's first entry, "`x` (3, 4) @ `W_f` (5, 5)".

    "" where that line joins no two arrays that have names, or does not tell which. Nothing of the
    learner's runs again: names are looked up, entries of dicts and transposes with them.
    """
    at = traceback.extract_tb(tb, 1)[0]
    if at.colno is None or at.end_colno is None or at.lineno != at.end_lineno:
        return ""
    line = linecache.getline(at.filename, at.lineno or 0).encode()
    try:
        node = ast.parse(line[at.colno : at.end_colno].decode().strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            sign = f" {_SIGNS[type(op)]} "
        case ast.Subscript(value=left, slice=right):
            sign = ", "
        case ast.Call(func=ast.Attribute(), args=[left, right], keywords=[]):
            sign = ", "
        case _:
            return ""
    shapes = [_shape(part, tb.tb_frame) for part in (left, right)]
    if None in shapes:
        return ""
    said = [
        f"`{ast.unparse(part)[:MOST]}` {shape}"
        for part, shape in zip((left, right), shapes, strict=True)
    ]
    return sign.join(said)


def _shape(node: ast.expr, frame: FrameType) -> tuple[int, ...] | None:
    match node:
        case ast.Attribute(value=inner, attr="T"):
            shape = _shape(inner, frame)
            return shape and shape[::-1]
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
            holder = frame.f_locals.get(name, frame.f_globals.get(name))
            value = holder.get(key) if type(holder) is dict else None
        case ast.Name(id=name):
            value = frame.f_locals.get(name, frame.f_globals.get(name))
        case _:
            return None
    return value.shape if type(value) is np.ndarray else None
