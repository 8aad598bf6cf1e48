"""Straight-line arithmetic on one number, written once and emitted as LLVM instructions.

A function of lanes (vectorised.py) has no branch and no memory, so that LLVM turns the loop around it into
vector instructions. No fast-math flag is ever set: every operation is the correctly rounded one of IEEE 754
and none is contracted into a fused multiply-add, so the bits of a result are the same on every processor, and
the same as those of the second machine, which runs the program on NumPy arrays without compiling anything.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

Kind: TypeAlias = Literal["f32", "f64", "i32", "i64", "bool"]

MANTISSA = {"f32": 23, "f64": 52}
BIAS = {"f32": 127, "f64": 1023}
SIGN = {"f32": -(2**31), "f64": -(2**63)}
_INTEGER: dict[Kind, Kind] = {"f32": "i32", "f64": "i64"}
_FLOAT: dict[Kind, Kind] = {"i32": "f32", "i64": "f64"}

_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}
_INSTRUCTIONS = {
    "add": "fadd",
    "sub": "fsub",
    "mul": "fmul",
    "div": "fdiv",
    "iadd": "add",
    "isub": "sub",
    "and": "and_",
    "or": "or_",
    "shl": "shl",
    "shr": "lshr",
    "neg": "fneg",
    "not": "not_",
    "select": "select",
}
_INTRINSICS = {"abs": "llvm.fabs", "sqrt": "llvm.sqrt"}


class Machine(Protocol):
    """What carries out the operations: LLVM or NumPy."""

    def constant(self, kind: Kind, value: float) -> Any:
        """Return a number of a kind, rounded to nearest."""

    def apply(self, operation: str, kind: Kind, values: tuple[Any, ...]) -> Any:
        """Return the result of an operation on operands of a kind.

        Operations: add sub mul div neg abs sqrt lt le gt ge eq bits (floats); iadd isub and or shl shr ieq
        floats convert (integers, modulo 2^32 or 2^64); and or not (bool); select (mask and two of the kind).
        """


class Lane:
    """One number of a straight-line program; Python numbers mix in as constants of the same kind."""

    __slots__ = ("kind", "machine", "value")

    def __init__(self, machine: Machine, kind: Kind, value: Any) -> None:
        self.machine = machine
        self.kind = kind
        self.value = value

    def constant(self, number: float) -> Lane:
        """Return a constant of this lane's kind."""
        return Lane(self.machine, self.kind, self.machine.constant(self.kind, number))

    def _apply(self, operation: str, *others: Lane | float, to: Kind | None = None) -> Lane:
        operands = [other if isinstance(other, Lane) else self.constant(other) for other in others]
        values = (self.value, *(operand.value for operand in operands))
        return Lane(self.machine, to or self.kind, self.machine.apply(operation, self.kind, values))

    def __add__(self, other: Lane | float) -> Lane:
        return self._apply("iadd" if self.kind in _FLOAT else "add", other)

    def __radd__(self, other: float) -> Lane:
        return self.constant(other) + self

    def __sub__(self, other: Lane | float) -> Lane:
        return self._apply("isub" if self.kind in _FLOAT else "sub", other)

    def __rsub__(self, other: float) -> Lane:
        return self.constant(other) - self

    def __mul__(self, other: Lane | float) -> Lane:
        return self._apply("mul", other)

    def __rmul__(self, other: float) -> Lane:
        return self.constant(other) * self

    def __truediv__(self, other: Lane | float) -> Lane:
        return self._apply("div", other)

    def __rtruediv__(self, other: float) -> Lane:
        return self.constant(other) / self

    def __neg__(self) -> Lane:
        return self._apply("neg")

    def __abs__(self) -> Lane:
        return self._apply("abs")

    def sqrt(self) -> Lane:
        return self._apply("sqrt")

    def __lt__(self, other: Lane | float) -> Lane:
        return self._apply("lt", other, to="bool")

    def __le__(self, other: Lane | float) -> Lane:
        return self._apply("le", other, to="bool")

    def __gt__(self, other: Lane | float) -> Lane:
        return self._apply("gt", other, to="bool")

    def __ge__(self, other: Lane | float) -> Lane:
        return self._apply("ge", other, to="bool")

    def equals(self, other: Lane | float) -> Lane:
        """Return the mask of equality (false where either is NaN)."""
        return self._apply("ieq" if self.kind in _FLOAT else "eq", other, to="bool")

    def __and__(self, other: Lane | int) -> Lane:
        return self._apply("and", other)

    def __or__(self, other: Lane | int) -> Lane:
        return self._apply("or", other)

    def __invert__(self) -> Lane:
        return self._apply("not")

    def __lshift__(self, count: int) -> Lane:
        return self._apply("shl", count)

    def __rshift__(self, count: int) -> Lane:
        """Return the logical shift to the right."""
        return self._apply("shr", count)

    def bits(self) -> Lane:
        """Return the bit pattern of a float as an integer."""
        return self._apply("bits", to=_INTEGER[self.kind])

    def floats(self) -> Lane:
        """Return the float that has this bit pattern."""
        return self._apply("floats", to=_FLOAT[self.kind])

    def convert(self) -> Lane:
        """Return this signed integer as a float, rounded to nearest."""
        return self._apply("convert", to=_FLOAT[self.kind])

    def select(self, yes: Lane, no: Lane | float) -> Lane:
        """Return `yes` where this mask is true and `no` elsewhere; both sides have been computed."""
        other = no if isinstance(no, Lane) else yes.constant(no)
        chosen = self.machine.apply("select", yes.kind, (self.value, yes.value, other.value))
        return Lane(self.machine, yes.kind, chosen)


class LLVM:
    """Emits every operation as one instruction through an llvmlite IRBuilder."""

    def __init__(self, builder: Any) -> None:
        from llvmlite import ir

        self._ir = ir
        self._builder = builder
        self._types = {
            "f32": ir.FloatType(),
            "f64": ir.DoubleType(),
            "i32": ir.IntType(32),
            "i64": ir.IntType(64),
            "bool": ir.IntType(1),
        }

    def constant(self, kind: Kind, value: float) -> Any:
        number = ctypes.c_float(value).value if kind == "f32" else value
        return self._ir.Constant(self._types[kind], number)

    def apply(self, operation: str, kind: Kind, values: tuple[Any, ...]) -> Any:
        if operation in _INSTRUCTIONS:
            return getattr(self._builder, _INSTRUCTIONS[operation])(*values)
        if operation in _COMPARISONS:
            return self._builder.fcmp_ordered(_COMPARISONS[operation], *values)
        if operation == "ieq":
            return self._builder.icmp_unsigned("==", *values)
        if operation == "bits":
            return self._builder.bitcast(values[0], self._types[_INTEGER[kind]])
        if operation == "floats":
            return self._builder.bitcast(values[0], self._types[_FLOAT[kind]])
        if operation == "convert":
            return self._builder.sitofp(values[0], self._types[_FLOAT[kind]])
        function = self._builder.module.declare_intrinsic(_INTRINSICS[operation], [self._types[kind]])
        return self._builder.call(function, values)


_TYPES: dict[Kind, type[np.generic]] = {
    "f32": np.float32,
    "f64": np.float64,
    "i32": np.uint32,
    "i64": np.uint64,
    "bool": np.bool_,
}
_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "iadd": np.add,
    "isub": np.subtract,
    "ieq": np.equal,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "not": np.logical_not,
    "shl": np.left_shift,
    "shr": np.right_shift,
    "select": np.where,
}


class Arrays:
    """Runs every operation on whole NumPy arrays, with the same bits as LLVM.

    >>> from hermite_gamma.simulation.vectorised import tanh
    >>> tanh(Lane(Arrays(), "f64", np.array([0.0, 20.0, np.inf]))).value
    array([0., 1., 1.])
    """

    def constant(self, kind: Kind, value: float) -> Any:
        if kind in _FLOAT:
            return _TYPES[kind](int(value) % 2 ** int(kind[1:]))
        with np.errstate(over="ignore"):
            return _TYPES[kind](value)

    def apply(self, operation: str, kind: Kind, values: tuple[Any, ...]) -> Any:
        if operation == "bits":
            return np.asarray(values[0]).view(_TYPES[_INTEGER[kind]])
        if operation == "floats":
            return np.asarray(values[0]).view(_TYPES[_FLOAT[kind]])
        if operation == "convert":
            signed = np.asarray(values[0]).view(np.int32 if kind == "i32" else np.int64)
            return signed.astype(_TYPES[_FLOAT[kind]])
        with np.errstate(all="ignore"):
            return _UFUNCS[operation](*values)
