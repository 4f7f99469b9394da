"""Every small change of a module that a test should notice. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
}  # fmt: skip
NAMED = {"min": "max", "max": "min", "any": "all", "all": "any"}
TOLD = ("log.", "metrics.")  # a line for the operator is no decision


@dataclass(frozen=True)
class Mutant:
    """One change: the line it stands in, and what it is. *number* finds it again in the same source."""

    number: int
    line: int
    what: str


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a module, in a fixed order."""
    finder = _Mutator(None)
    finder.visit(ast.parse(source))
    return finder.found


def mutated(source: str, mutant: Mutant) -> str:
    """Return the module with that one change, without its comments."""
    tree = _Mutator(mutant.number).visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Mutator(ast.NodeTransformer):
    """Walks the bodies of functions only: a table at the top of a module is data, not a decision."""

    def __init__(self, wanted: int | None) -> None:
        self._wanted, self._count, self._inside = wanted, 0, False
        self.found: list[Mutant] = []

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._function(node)
        if isinstance(node, ast.Expr) and _is_told(node):
            return node
        if self._inside:
            for what, instead in _alternatives(node):
                self._count += 1
                self.found.append(Mutant(self._count, getattr(node, "lineno", 0), what))
                if self._count == self._wanted:
                    return instead
        visited: ast.AST = super().generic_visit(node)
        return visited

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        before, self._inside = self._inside, True
        # Annotations, defaults and decorators stay.
        node.body = [statement for found in node.body if isinstance(statement := self.visit(found), ast.stmt)]
        self._inside = before
        return node


def _is_told(statement: ast.Expr) -> bool:
    """Whether a statement is a docstring, or a line of a log or a metric."""
    return isinstance(statement.value, ast.Constant) or ast.unparse(statement).startswith(TOLD)


def _alternatives(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.stmt):
        yield from _other_statements(node)
    elif isinstance(node, ast.Constant):
        yield from _other_values(node)
    else:
        yield from _other_expressions(node)


def _other_values(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        yield f"{node.value} -> {not node.value}", ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield f"{node.value} -> {node.value + 1}", ast.Constant(node.value + 1)


def _other_expressions(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARED:
            changed = ast.Compare(left, [COMPARED[type(op)]()], [right])
            yield f"{ast.unparse(node)} -> {ast.unparse(changed)}", changed
        case ast.BoolOp(op=op, values=values):
            other = ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
            yield f"{ast.unparse(node)} -> {ast.unparse(other)}", other
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"{ast.unparse(node)} -> {ast.unparse(operand)}", operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in COUNTED and not _is_text(left, right):
            changed_op = ast.BinOp(left, COUNTED[type(op)](), right)
            yield f"{ast.unparse(node)} -> {ast.unparse(changed_op)}", changed_op
        case ast.Call(func=ast.Name(id=name)) if name in NAMED:
            yield f"{name} -> {NAMED[name]}", ast.Call(ast.Name(NAMED[name], ast.Load()), node.args, node.keywords)
        case ast.IfExp():
            for value in (True, False):
                chosen = node.body if value else node.orelse
                yield f"{ast.unparse(node)} -> {ast.unparse(chosen)}", chosen


def _other_statements(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.If(test=test):
            for value in (True, False):
                yield f"if {ast.unparse(test)} -> if {value}", ast.If(ast.Constant(value), node.body, node.orelse)
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield f"return {ast.unparse(value)} -> return None", ast.Return(ast.Constant(None))
        case ast.Raise():
            yield f"{ast.unparse(node)} -> pass", ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield f"{ast.unparse(node)} -> pass", ast.Pass()


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_text(*sides: ast.expr) -> bool:
    return any(isinstance(side, ast.JoinedStr | ast.Constant) and not _is_number(side) for side in sides)


def _is_number(side: ast.expr) -> bool:
    return isinstance(side, ast.Constant) and isinstance(side.value, int | float)
