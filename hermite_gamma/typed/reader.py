"""The whitelist: a node of Python's syntax tree that is not named here is refused.

`ast.parse` reads the text after tokens.py has checked it. Nothing is evaluated as Python, and no text reaches
SymPy: names are looked up in the tables below and in the catalogue.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NoReturn

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from hermite_gamma import catalog
from hermite_gamma.errors import NotElementwise, ParseError, UnknownName
from hermite_gamma.typed import operations
from hermite_gamma.typed.functions import CONSTANTS, EXTREMA, FUNCTION_NAMES, FUNCTIONS, SHORTHANDS, SWITCHES
from hermite_gamma.typed.tokens import Source, read_tokens
from hermite_gamma.typed.values import MAX_SIZE, VARIABLE, Value, compare, number

MAX_HERMITE = 64

_RELATIONS: dict[type[ast.cmpop], type[Relational]] = {
    ast.Lt: sp.Lt,
    ast.LtE: sp.Le,
    ast.Gt: sp.Gt,
    ast.GtE: sp.Ge,
}
_HERMITE = re.compile(r"(h|He)(\d{1,3})", re.ASCII)
_UNUSUAL: dict[type[ast.AST], str] = {
    ast.Tuple: "a comma is only allowed between the arguments of a function",
    ast.Starred: "starred arguments are not part of the language",
    ast.Compare: "a comparison is only allowed as the condition of where(condition, a, b)",
    ast.BoolOp: "and, or, not are only allowed in the condition of where(condition, a, b)",
    ast.UnaryOp: "not is only allowed in the condition of where(condition, a, b)",
    ast.BinOp: "& and | are only allowed in the condition of where(condition, a, b)",
    ast.Constant: "True is only allowed as the last condition of Piecewise",
    ast.List: "a list of Hermite coefficients must be the whole text",
}


def read(text: str) -> Value:
    """Return the value of typed text in the variable x."""
    tree, source = _tree(text)
    reader = _Reader(source, {"x": VARIABLE})
    try:
        return reader.literal(tree) if isinstance(tree, ast.List) else reader.value(tree)
    except RecursionError:
        raise ParseError("the formula is nested too deeply", text) from None


def _tree(text: str) -> tuple[ast.expr, Source]:
    source = read_tokens(text)
    try:
        return ast.parse(source.python, filename="<formula>", mode="eval").body, source
    except SyntaxError as error:
        column = source.column((error.offset or 1) - 1)
        raise ParseError("this does not continue a formula", text, column) from None
    except (RecursionError, MemoryError):
        raise ParseError("the formula has too many terms for one expression", text) from None


def instance(entry: catalog.Entry, argument: Value, given: Mapping[str, Value]) -> Value:
    """Return the formula of a catalogue entry at an argument; parameters not given take their defaults."""
    bound: dict[str, Value] = {}
    for parameter in entry.parameters:
        name = parameter.name
        if name in given:
            bound[name] = given[name]
        elif parameter.default is not None:
            bound[name] = _default(parameter.default)
        else:
            raise ParseError(
                f"{entry.key} needs a value of {name} (for example {name}={parameter.illustration})"
            )
        if not bound[name].constant:
            raise ParseError(f"the parameter {name} of {entry.key} must be a number, not a function of x")
    for condition in entry.conditions:
        if not _holds(condition, bound):
            raise ParseError(f"{entry.key} needs {condition}, which these parameters violate")
    return _expand(entry.formula, {"x": argument, **bound})


def _holds(condition: str, bound: Mapping[str, Value]) -> bool:
    left, relation, right = condition.split()
    order = compare(*[bound[side] if side in bound else _default(side) for side in (left, right)])
    return {"<": order < 0, "<=": order <= 0, "!=": order != 0}[relation]


@lru_cache(maxsize=256)
def _default(text: str) -> Value:
    return read(text)


@lru_cache(maxsize=256)
def _compiled(text: str) -> tuple[ast.expr, Source]:
    """Return the tree of a formula of the package itself (few texts, used again and again)."""
    return _tree(text)


def _expand(text: str, names: Mapping[str, Value]) -> Value:
    tree, source = _compiled(text)
    try:
        return _Reader(source, names).value(tree)
    except ParseError as error:
        raise ParseError(reason(error)) from None  # the caller knows the column in the user's text


def reason(error: ParseError) -> str:
    """Return the message of an error without its column."""
    return str(error).removeprefix(f"column {error.column}: ")


class _Reader:
    """Evaluates one checked tree; `names` binds x (and the parameters, inside a catalogue formula)."""

    def __init__(self, source: Source, names: Mapping[str, Value]) -> None:
        self.source = source
        self.names = names
        self.spent = 0

    def column(self, node: ast.expr | ast.keyword) -> int:
        return self.source.column(node.col_offset)

    def error(self, message: str, node: ast.expr | ast.keyword) -> ParseError:
        return ParseError(message, self.source.text, self.column(node))

    def value(self, node: ast.expr) -> Value:
        """Return the value of a subtree; errors of its operations are given its column."""
        try:
            value = self._value(node)
        except ParseError as error:
            if error.column is not None:
                raise
            raise self.error(str(error), node) from None
        self._spend(node, value)
        return value

    def _spend(self, node: ast.expr, value: Value) -> None:
        """Count the work as it is done: the size of a sum is known only after all of its terms are read."""
        if not isinstance(node, ast.Call):
            self.spent += 1
        elif isinstance(value.expr, sp.Piecewise):
            self.spent += operations.FUNCTION_COST  # its cases are counted, and bounded, on their own
        else:
            self.spent += value.size
        if self.spent > MAX_SIZE:
            raise self.error(f"the formula is too long (a cost of more than {MAX_SIZE} operations)", node)

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant() if node.col_offset in self.source.numbers:
                exact = self.source.numbers[node.col_offset]
                return number(sp.Rational(exact.numerator, exact.denominator))
            case ast.Name():
                return self._name(node)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return operations.add(self._terms(node))
            case ast.BinOp(op=ast.Mult() | ast.Div()) | ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                return operations.multiply(self._factors(node))
            case ast.BinOp(op=ast.Pow()):
                return operations.power(self.value(node.left), self.value(node.right))
            case ast.Call():
                return self._call(node)
        raise ParseError(_UNUSUAL.get(type(node), "this is not part of the language"))

    def _terms(self, node: ast.expr) -> list[Value]:
        """Return the terms of nested sums and differences as one list, so that SymPy adds once."""
        terms: list[Value] = []
        stack = [(node, 1)]
        while stack:
            part, sign = stack.pop()
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub):
                stack.append((part.right, sign if isinstance(part.op, ast.Add) else -sign))
                stack.append((part.left, sign))
            elif sign > 0:
                terms.append(self.value(part))
            else:
                factors = self._factors(part)
                terms.append(operations.multiply([number(-1), *factors]))
        return terms

    def _factors(self, node: ast.expr) -> list[Value]:
        """Return the factors of nested products and quotients as one list.

        SymPy distributes 2*(x + 1) but not 2*(x + 1)*tanh(x), so a product built pair by pair would differ
        from the one that was printed.
        """
        factors: list[Value] = []
        stack = [(node, False)]
        while stack:
            part, inverted = stack.pop()
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult | ast.Div):
                stack.append((part.right, inverted != isinstance(part.op, ast.Div)))
                stack.append((part.left, inverted))
            elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub | ast.UAdd):
                if isinstance(part.op, ast.USub):
                    factors.append(number(-1))
                stack.append((part.operand, inverted))
            elif inverted:
                factors.append(self._inverse(part))
            else:
                factors.append(self.value(part))
        return factors

    def _inverse(self, node: ast.expr) -> Value:
        value = self.value(node)
        try:
            return operations.power(value, number(-1))
        except ParseError as error:
            raise self.error(reason(error), node) from None

    def _name(self, node: ast.Name) -> Value:
        name = node.id
        if name in self.names:
            return self.names[name]
        if name in CONSTANTS:
            return number(CONSTANTS[name])
        polynomial = _HERMITE.fullmatch(name)
        if polynomial:
            return self._hermite(polynomial, self.names["x"])
        if name in ("oo", "inf", "nan", "zoo", "I", "True"):
            raise ParseError(f"{name} is not a real number")
        if name in FUNCTION_NAMES or catalog.canonical(name) is not None:
            raise ParseError(f"{name} is a function; write {name}(x)")
        self._refuse_unknown(node, "name")

    def _refuse_unknown(self, node: ast.Name, kind: str) -> NoReturn:
        name = node.id
        reason = catalog.not_elementwise(name)
        column = self.column(node)
        if reason is not None:
            raise NotElementwise(f"column {column}: {name}: {reason}")
        if re.fullmatch(r"H\d+", name):
            raise ParseError(f"{name} is ambiguous; write h{name[1:]} (orthonormal) or He{name[1:]} (monic)")
        if len(name) == 1 and kind == "name":
            raise ParseError(f"{name!r}: only one variable is allowed, and it is called x")
        pool = (*self.names, *CONSTANTS, *FUNCTION_NAMES, *catalog.names())
        raise UnknownName(f"{kind} (column {column})", name, pool)

    def _call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name):
            raise ParseError("only a function given by its name can be called")
        name = node.func.id
        if name in self.names or name in CONSTANTS:
            raise ParseError(f"{name} is not a function; write * for a product")
        if name in ("where", "Piecewise"):
            return self._where(node) if name == "where" else self._piecewise(node)
        if name in EXTREMA:
            if not node.args or node.keywords:
                raise ParseError(f"{name} takes one or more arguments")
            return operations.extremum(EXTREMA[name], [self.value(arg) for arg in node.args])
        if name == "Heaviside" and len(node.args) == 2:
            argument, at_zero = self._positional(node, "x", "value at 0")
            return operations.step(self.value(argument), self.value(at_zero))
        polynomial = _HERMITE.fullmatch(name)
        if polynomial:
            return self._hermite(polynomial, self._argument(node))
        if name in SWITCHES:
            return SWITCHES[name](self._argument(node))
        if name in FUNCTIONS:
            return operations.call(FUNCTIONS[name], self._argument(node))
        key = catalog.canonical(name)
        if name in SHORTHANDS and (key is None or len(node.args) != 1):
            names, text = SHORTHANDS[name]
            values = [self.value(arg) for arg in self._positional(node, *names)]
            return _expand(text, dict(zip(names, values, strict=True)))
        if key is not None:
            return self._catalogue_call(node, catalog.ACTIVATIONS[key])
        self._refuse_unknown(node.func, "function")

    def _argument(self, node: ast.Call) -> Value:
        return self.value(self._positional(node, "x")[0])

    def _positional(self, node: ast.Call, *usage: str) -> list[ast.expr]:
        if len(node.args) != len(usage) or node.keywords:
            assert isinstance(node.func, ast.Name)
            raise ParseError(f"write {node.func.id}({', '.join(usage)})")
        return node.args

    def _catalogue_call(self, node: ast.Call, entry: catalog.Entry) -> Value:
        names = [parameter.name for parameter in entry.parameters]
        usage = f"{entry.key}({', '.join(['x', *[f'{name}=...' for name in names]])})"
        if len(node.args) != 1:
            raise ParseError(f"write {usage}: one argument, parameters by name")
        given: dict[str, Value] = {}
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg in given:
                raise self.error(f"write {usage}", keyword)
            if keyword.arg not in names:
                if not names:
                    raise self.error(f"{entry.key} has no parameters", keyword)
                raise UnknownName(
                    f"parameter of {entry.key} (column {self.column(keyword)})", keyword.arg, names
                )
            given[keyword.arg] = self.value(keyword.value)
        return instance(entry, self.value(node.args[0]), given)

    def _hermite(self, name: re.Match[str], argument: Value) -> Value:
        degree = int(name.group(2))
        if degree > MAX_HERMITE:
            raise ParseError(f"{name.group()}: the degree is at most {MAX_HERMITE}")
        return operations.hermite(degree, argument, monic=name.group(1) == "He")

    def literal(self, node: ast.List) -> Value:
        """Return sum_l c_l h_l for a list of orthonormal coefficients."""
        if not 0 < len(node.elts) <= MAX_HERMITE + 1:
            raise self.error(f"a list of Hermite coefficients has 1 to {MAX_HERMITE + 1} entries", node)
        terms = [number(0)]
        for degree, entry in enumerate(node.elts):
            coefficient = self.value(entry)
            if not coefficient.constant:
                raise self.error("a Hermite coefficient must be a number, not a function of x", entry)
            if coefficient.expr != 0:
                polynomial = operations.hermite(degree, self.names["x"], monic=False)
                terms.append(operations.multiply((coefficient, polynomial)))
        return operations.add(terms)

    def _where(self, node: ast.Call) -> Value:
        pairs = []
        rest: ast.expr = node
        while isinstance(rest, ast.Call) and isinstance(rest.func, ast.Name) and rest.func.id == "where":
            usage = ("condition", "value if true", "value if false")
            condition, then, rest = self._positional(rest, *usage)
            pairs.append((self._condition(condition), self.value(then)))
        return operations.cases(pairs, self.value(rest))

    def _piecewise(self, node: ast.Call) -> Value:
        usage = "Piecewise((value, condition), ..., (value, True))"
        pairs: list[tuple[ast.expr, ast.expr]] = []
        for pair in node.args:
            if not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
                raise self.error(f"write {usage}", pair)
            pairs.append((pair.elts[1], pair.elts[0]))
        if not pairs or node.keywords or not _is_true(pairs[-1][0]):
            raise ParseError(f"write {usage}: the last condition is True, so that every x has a value")
        cases = [(self._condition(condition), self.value(value)) for condition, value in pairs[:-1]]
        return operations.cases(cases, self.value(pairs[-1][1]))

    def _condition(self, node: ast.expr) -> Boolean:
        match node:
            case ast.Compare():
                sides = [self.value(side) for side in (node.left, *node.comparators)]
                kinds = [_RELATIONS.get(type(op)) for op in node.ops]
                relations = []
                for kind, left, right in zip(kinds, sides, sides[1:], strict=False):
                    if kind is None:
                        raise self.error("a condition is made of < <= > >=", node)
                    relations.append(operations.relation(kind, left, right))
                return sp.And(*relations)
            case ast.BoolOp():
                parts = [self._condition(part) for part in node.values]
                return sp.And(*parts) if isinstance(node.op, ast.And) else sp.Or(*parts)
            case ast.BinOp(op=ast.BitAnd()):
                return sp.And(self._condition(node.left), self._condition(node.right))
            case ast.BinOp(op=ast.BitOr()):
                return sp.Or(self._condition(node.left), self._condition(node.right))
            case ast.UnaryOp(op=ast.Not() | ast.Invert()):
                return operations.negate(self._condition(node.operand))
        raise self.error("a condition is needed here, for example x > 0", node)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
