"""An activation as compiled code: phi over an array, with NaN and infinity found on the way.

The loop is Numba's, its body is the program of lowering.py; there is no branch in it, so LLVM makes vector
code of it, and no fast-math flag, so the bits are the same on every machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import mpmath
import numpy as np
import numpy.typing as npt
import sympy as sp

from hermite_gamma.errors import BadInput
from hermite_gamma.simulation.lanes import LLVM, Lane
from hermite_gamma.simulation.lowering import Lowering
from hermite_gamma.symbols import X

Precision = Literal["float32", "float64"]
Array = npt.NDArray[np.float32] | npt.NDArray[np.float64]

CHUNK = 32768  # numbers at a time: a copy of the arguments stays in the second-level cache
MAX_REPAIRS = 100_000  # 0.1 ms each; where more are needed, the formula does not suit the precision
_DIGITS = 250
_MPMATH = threading.Lock()  # its precision is global, and kernels run in several threads
_NEIGHBOUR = 2.0**-90


@dataclass(frozen=True)
class Fault:
    """Where an activation is not a finite number.

    Attributes:
        index: row and column; argument: the number phi was applied to; value: nan, inf or -inf.
    """

    index: tuple[int, int]
    argument: float
    value: float


@dataclass(frozen=True)
class Kernel:
    """phi in one precision; made by `compile_activation`, pickled as its formula."""

    expr: sp.Expr
    dtype: Precision

    def __call__(self, source: Array, out: Array, addend: Array | None = None) -> Fault | None:
        """Write phi(source + addend) to out, elementwise.

        Args:
            source, out: two-dimensional C-contiguous arrays of one shape and of the kernel's precision; they
                may be the same array.
            addend: the same again, or None for phi(source).

        Returns:
            None, or the first place where phi is not finite (or its argument is not); what then stands in
            `out` after that place is undefined.
        """
        for array in (source, out) if addend is None else (source, out, addend):
            if array.shape != out.shape or array.dtype != self.dtype or not array.flags.c_contiguous:
                raise ValueError(f"a kernel takes C-contiguous {self.dtype} arrays of one shape")
        flat_source, flat_out = source.reshape(-1), out.reshape(-1)
        scratch = np.empty(min(CHUNK, out.size), self.dtype)
        repairs = 0
        for start in range(0, out.size, CHUNK):
            piece = flat_out[start : start + CHUNK]
            arguments: Array = flat_source[start : start + CHUNK]
            if addend is not None:
                arguments = np.add(
                    arguments, addend.reshape(-1)[start : start + CHUNK], out=scratch[: piece.size]
                )
            elif np.may_share_memory(arguments, piece):
                scratch[: piece.size] = arguments
                arguments = scratch[: piece.size]
            if not self._loop(arguments, piece):
                continue
            for place in np.flatnonzero(~(np.isfinite(arguments) & np.isfinite(piece))):
                argument = float(arguments[place])
                repairs += 1
                value = self._repair(argument) if repairs <= MAX_REPAIRS else piece[place]
                if not np.isfinite(value):
                    row, column = divmod(start + int(place), out.shape[1])
                    return Fault((row, column), argument, float(value))
                piece[place] = value
        return None

    def __reduce__(self) -> tuple[Callable[..., Kernel], tuple[sp.Expr, str]]:
        return compile_activation, (self.expr, self.dtype)

    def _repair(self, argument: float) -> Any:
        """Return phi at one argument in high precision: intermediate overflow, 0/0 and sin(10^9) end here."""
        if not np.isfinite(argument):
            return np.nan
        value = self._exact(argument, 0.0)
        if not mpmath.isfinite(value):
            # a removable singularity, if the neighbours on both sides and one at another distance agree to
            # far more digits than the result has (at a pole of even order the two sides do)
            near = [self._exact(argument, step * _NEIGHBOUR) for step in (-1.0, 1.0, 2.0**-10)]
            if all(abs(y - near[0]) < 2.0**-60 * (1 + abs(y)) for y in near):
                value = near[0]
        with np.errstate(over="ignore"):
            return np.dtype(self.dtype).type(float(value))

    def _exact(self, argument: float, shift: float) -> mpmath.mpf:
        with _MPMATH, mpmath.workdps(_DIGITS):
            try:
                value = mpmath.mpmathify(self._formula(mpmath.mpf(argument) + shift))
            except (ArithmeticError, ValueError, TypeError):
                # outside the domain: a pole, or the comparison of a complex number
                return mpmath.nan
            if abs(mpmath.im(value)) > _NEIGHBOUR * abs(value):
                return mpmath.nan
            return mpmath.re(value)

    @cached_property
    def _formula(self) -> Callable[[mpmath.mpf], Any]:
        numbers = {
            c: sp.Float(c.evalf(_DIGITS), _DIGITS) for c in self.expr.atoms(sp.AtomicExpr) if _opaque(c)
        }
        formula: Callable[[mpmath.mpf], Any] = sp.lambdify(X, self.expr.xreplace(numbers), "mpmath")
        return formula

    @cached_property
    def _loop(self) -> Any:
        return _compile_loop(self.expr, self.dtype)


def _opaque(atom: sp.Expr) -> bool:
    """Return whether an exact number has no formula that SymPy could print (`zeros.RealRoot`)."""
    return not isinstance(atom, sp.Number | sp.NumberSymbol | sp.Symbol)


@lru_cache(maxsize=256)
def compile_activation(expr: sp.Expr, dtype: Precision) -> Kernel:
    """Return phi as a kernel over arrays of one precision; compiled at once, and once per process.

    Args:
        expr: SymPy expression in `hermite_gamma.symbols.X`, such as `activation("gelu").expr` or
            `activation("gelu").derivative().expr`.
        dtype: "float32" or "float64".

    Raises:
        BadInput: a function in it has no compiled rule.

    >>> import numpy as np
    >>> from hermite_gamma import activation
    >>> kernel = compile_activation(activation("relu").expr, "float32")
    >>> z = np.array([[-1.0, 2.0]], np.float32)
    >>> kernel(z, out=z) is None, z
    (True, array([[0., 2.]], dtype=float32))
    >>> log = compile_activation(activation("log(x)").expr, "float64")
    >>> log(np.array([[1.0, -2.0]]), out=np.empty((1, 2)))
    Fault(index=(0, 1), argument=-2.0, value=nan)
    """
    if dtype not in ("float32", "float64"):
        raise BadInput(f"a kernel computes in float32 or float64, not {dtype}")
    kernel = Kernel(expr, dtype)
    kernel._loop  # noqa: B018 - compiles
    return kernel


def _compile_loop(expr: sp.Expr, dtype: Precision) -> Any:
    from numba import njit, types
    from numba.extending import intrinsic

    single = dtype == "float32"
    number, integer = (types.float32, types.int32) if single else (types.float64, types.int64)
    zero = np.int32(0) if single else np.int64(0)
    exponent = np.int32(0x7F800000) if single else np.int64(0x7FF0000000000000)

    def lane(builder: Any, value: Any) -> Lane:
        return Lane(LLVM(builder), "f32" if single else "f64", value)

    @intrinsic  # type: ignore[untyped-decorator]
    def phi(_context: Any, _x: Any) -> Any:
        def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return Lowering(lane(builder, arguments[0]))(expr).value

        return number(number), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def watch(_context: Any, _seen: Any, _x: Any, _y: Any) -> Any:
        """The exponent bits of x*0*y are set if x or y is not finite; an integer `or` vectorises."""

        def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            seen, x, y = arguments
            product = (lane(builder, x) * 0.0) * lane(builder, y)
            return builder.or_(seen, product.bits().value)

        return integer(integer, number, number), generate

    def loop(source, out):  # type: ignore[no-untyped-def]
        """Return whether anything was not finite."""
        seen = zero
        for i in range(source.size):
            value = phi(source[i])
            out[i] = value
            seen = watch(seen, source[i], value)
        return (seen & exponent) != 0

    compiled = njit(nogil=True, error_model="numpy")(loop)
    vector = types.Array(number, 1, "C")
    compiled.compile((vector, vector))
    return compiled
