"""The subset of Python that is accepted, and the errors for everything outside of it."""

from __future__ import annotations

import ast

READ = "imports of nnbuild, and names assigned to literals, to names above, and to calls of Recipe and of constructors"


class Outside(Exception):
    """A statement or expression outside the subset; `found` is "" if it follows from another problem."""

    def __init__(self, node: ast.AST, found: str, allowed: str = "", hint: str = ""):
        super().__init__(found)
        self.node, self.found, self.allowed, self.hint = node, found, allowed, hint


def unread(node: ast.AST) -> Outside:
    """Return the error for a statement or expression of a type that is not accepted."""
    name = type(node).__name__
    return Outside(node, f"can't read {_KINDS.get(name, f'this ({name})')}", READ, _HINTS.get(name, ""))


def assigned(statement: ast.stmt) -> list[str]:
    """Return the names that a statement assigns; none if it assigns to anything but names."""
    if isinstance(statement, ast.AnnAssign):
        targets: list = [statement.target]
    else:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return names if len(names) == len(targets) else []


def is_text(statement: ast.stmt) -> bool:
    """Return whether a statement is a docstring."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def is_signed_number(node: ast.expr) -> bool:
    """Return whether an expression is a number with a sign."""
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub | ast.UAdd)
        and isinstance(node.operand, ast.Constant)
        and type(node.operand.value) in (int, float)
    )


def place(node: ast.AST) -> tuple[int | None, int | None]:
    """Return line and column, counted from 1."""
    column = getattr(node, "col_offset", None)
    return getattr(node, "lineno", None), None if column is None else column + 1


_KINDS = {
    "AsyncFor": "a loop",
    "For": "a loop",
    "While": "a loop",
    "AsyncFunctionDef": "a function",
    "FunctionDef": "a function",
    "Lambda": "a function",
    "ClassDef": "a class",
    "If": "a condition",
    "IfExp": "a condition",
    "Compare": "a comparison",
    "BoolOp": "a condition",
    "BinOp": "a computation",
    "UnaryOp": "a computation",
    "AugAssign": "a computation",
    "Assign": "an assignment to anything but names",
    "AnnAssign": "a declaration",
    "Assert": "an assertion",
    "Attribute": "an attribute of a value",
    "Constant": "this kind of literal",
    "DictComp": "a comprehension",
    "GeneratorExp": "a comprehension",
    "ListComp": "a comprehension",
    "SetComp": "a comprehension",
    "Expr": "an expression whose value goes nowhere",
    "JoinedStr": "a formatted string",
    "Set": "a set",
    "Starred": "an unpacked value",
    "Subscript": "a part of a value",
    "With": "a with statement",
}
_IN_THE_RECIPE = 'use an expression of params: Dense("$width * 2")'
_REPEAT = "use Repeat to repeat layers"
_HINTS = {
    "BinOp": _IN_THE_RECIPE,
    "AugAssign": _IN_THE_RECIPE,
    "For": _REPEAT,
    "While": _REPEAT,
    "ListComp": _REPEAT,
    "GeneratorExp": _REPEAT,
    "FunctionDef": "use a block of the recipe for a group of layers",
}
