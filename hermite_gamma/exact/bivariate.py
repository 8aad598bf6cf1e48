"""E[u^i v^j F(u) G(v)] for a Gaussian pair with correlation rho, by Stein's identity, as a function of rho.

F and G are kernels e^(ax - bx^2) K(x), K one of 1, erf(sx) and sign(x) (s = oo). The exponentials tilt the
pair: with d = (1 + 2b)(1 + 2b') - 4bb' rho^2, n = 1 + 2b' (1 - rho^2) and n' = 1 + 2b (1 - rho^2), the
tilted covariance is [[n, rho], [rho, n']]/d, the mean is the covariance times (a, a'), the mass is
e^((a^2 n + 2 a a' rho + a'^2 n')/(2d)) / sqrt(d). Under the tilted law

    E[u W] = mean_u E[W] + var_u E[dW/du] + cov E[dW/dv],

where the derivative of erf(sx) is a Gaussian, and that of sign is 2 delta_0: on u = 0, v ~ N(0, 1 - rho^2).
With e = d + 2 s^2 n, or e = n for a sign (then sqrt(2) s counts as 1),

    E[erf(su)] = erf(s rho a' / sqrt(d e)),   E[erf(su) erf(s'v)] = (2/pi) asin(2 s s' rho / sqrt(e e')),

the second for mean 0. Derived here; e.g. sign: (2/pi) asin(rho).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sympy import Expr, I, Integer, S, asin, erf, erfi, expand, ilcm, pi, sqrt
from sympy.polys.fields import field

from hermite_gamma.exact.constants import domain_of, element, rational_parts, real_or_imaginary
from hermite_gamma.symbols import RHO

Function = Any  # an element of the field of rational functions of rho


class Kernel(NamedTuple):
    """e^(rate x - gauss x^2) times 1 (slope None), erf(slope x), or sign(x) (slope oo)."""

    rate: Expr = S.Zero
    gauss: Expr = S.Zero
    slope: Expr | None = None


class Shape(NamedTuple):
    """The function prefactor * e^exponent * special / sqrt(radicand) of rho."""

    prefactor: Expr
    exponent: Function
    special: Expr
    radicand: Function


Sum = dict[Shape, Function]


class Tilt(NamedTuple):
    """The tilted covariance [[first, rho], [rho, second]] / determinant."""

    determinant: Function
    first: Function
    second: Function


class Bivariate:
    """The moments of some kernels, as sums of shapes with coefficients in one field of functions of rho."""

    def __init__(self, kernels: list[Kernel]) -> None:
        self.numbers = [number for kernel in kernels for number in (kernel.rate, kernel.gauss)]
        self.numbers += [expand(k.slope**2) for k in kernels if k.slope is not None and k.slope.is_finite]
        self.constants = domain_of(self.numbers, field=True)
        self.fractions, _ = field(RHO, self.constants)
        # Without Gaussians and slopes no determinant is needed: polynomials, and no gcd in every step.
        polynomial = all(k.gauss == 0 and (k.slope is None or k.slope.is_infinite) for k in kernels)
        self.functions = self.fractions.ring if polynomial else self.fractions
        self.rho = self.functions.gens[0]
        self._moments: dict[tuple[int, int, Kernel, Kernel], Sum] = {}

    @property
    def is_real(self) -> bool:
        """True if no rate is complex."""
        return not any(number.has(I) for number in self.numbers)

    def moment(self, i: int, j: int, one: Kernel, two: Kernel) -> Sum:
        """Return E[u^i v^j one(u) two(v)].

        Raises:
            NoClosedForm: an error function of a complex number that is not imaginary.
        """
        key = (i, j, one, two)
        if key not in self._moments:
            if i == 0 and j > 0:
                self._moments[key] = self.moment(j, 0, two, one)
            else:
                self._moments[key] = self._reduced(i, j, one, two) if i else self._mass(one, two)
        return self._moments[key]

    def lift(self, number: Expr) -> Function:
        """Return a constant as a function of rho."""
        return self.functions.ground_new(element(self.constants, number))

    def add(self, total: Sum, scale: Function, prefactor: Expr, more: Sum) -> None:
        """Add scale * prefactor * more to the sum; what is rational in the prefactor goes to the function."""
        for rational, rest in rational_parts(prefactor):
            for shape, value in more.items():
                key, term = shape, scale * value
                if prefactor is not S.One:
                    again, constant = (shape.prefactor * rest).as_coeff_Mul()
                    key, term = shape._replace(prefactor=constant), term * self.lift(rational * again)
                total[key] = total[key] + term if key in total else term

    def _tilt(self, one: Kernel, two: Kernel) -> Tilt:
        b, c = self.lift(one.gauss), self.lift(two.gauss)
        free = 1 - self.rho**2
        return Tilt((1 + 2 * b) * (1 + 2 * c) - 4 * b * c * self.rho**2, 1 + 2 * c * free, 1 + 2 * b * free)

    def _divided(self, numerator: Function, denominator: Function) -> Function:
        return numerator if denominator == self.functions.one else numerator / denominator

    def _reduced(self, i: int, j: int, one: Kernel, two: Kernel) -> Sum:
        """One step of Stein's identity in u, i > 0."""
        tilt = self._tilt(one, two)
        variance = self._divided(tilt.first, tilt.determinant)
        covariance = self._divided(self.rho, tilt.determinant)
        mean = variance * self.lift(one.rate) + covariance * self.lift(two.rate)
        total: Sum = {}
        if mean:
            self.add(total, mean, S.One, self.moment(i - 1, j, one, two))
        if i > 1:
            self.add(total, variance * (i - 1), S.One, self.moment(i - 2, j, one, two))
        if j:
            self.add(total, covariance * j, S.One, self.moment(i - 1, j - 1, one, two))
        if one.slope is S.Infinity:
            if i == 1:
                self.add(total, variance, sqrt(2 / pi), self._on_the_axis(j, two))
        elif one.slope is not None:
            factor, smooth = _differentiated(one)
            self.add(total, variance, factor, self.moment(i - 1, j, smooth, two))
        if two.slope is S.Infinity:
            if j == 0:
                self.add(total, covariance, sqrt(2 / pi), self._on_the_axis(i - 1, one))
        elif two.slope is not None:
            factor, smooth = _differentiated(two)
            self.add(total, covariance, factor, self.moment(i - 1, j, one, smooth))
        return {shape: value for shape, value in total.items() if value}

    def _on_the_axis(self, j: int, kernel: Kernel) -> Sum:
        """Return E[v^j kernel(v)] for v ~ N(0, 1 - rho^2): what is left of the pair where u = 0."""
        free = 1 - self.rho**2
        scale = 1 + 2 * self.lift(kernel.gauss) * free
        rate, variance = self.lift(kernel.rate), self._divided(free, scale)
        if j == 0:
            if kernel.slope is not None:
                return {}  # odd: a kernel with a cut-off has rate 0
            return self._gaussian(rate**2 * variance * self.lift(S.Half), scale)
        total: Sum = {}
        if kernel.rate != 0:
            self.add(total, rate * variance, S.One, self._on_the_axis(j - 1, kernel))
        if j > 1:
            self.add(total, variance * (j - 1), S.One, self._on_the_axis(j - 2, kernel))
        if kernel.slope is S.Infinity:
            if j == 1:
                self.add(total, variance, sqrt(2 / pi), self._gaussian(self.functions.zero, free))
        elif kernel.slope is not None:
            factor, smooth = _differentiated(kernel)
            self.add(total, variance, factor, self._on_the_axis(j - 1, smooth))
        return total

    def _mass(self, one: Kernel, two: Kernel) -> Sum:
        tilt = self._tilt(one, two)
        a, b = self.lift(one.rate), self.lift(two.rate)
        quadratic = (a**2 * tilt.first + 2 * a * b * self.rho + b**2 * tilt.second) * self.lift(S.Half)
        gaussian = self._gaussian(self._divided(quadratic, tilt.determinant), tilt.determinant)
        if one.slope is None and two.slope is None:
            return gaussian
        if one.slope is not None and two.slope is not None:
            first, edge = self._edge(one, tilt.determinant, tilt.first)
            second, other = self._edge(two, tilt.determinant, tilt.second)
            angle = asin(first * second * RHO / self._root(edge * other))
            return _times(gaussian, 2 / pi, angle)
        cut, free, spread = (one, two, tilt.first) if two.slope is None else (two, one, tilt.second)
        if free.rate == 0:
            return {}
        first, edge = self._edge(cut, tilt.determinant, spread)
        rate, imaginary = real_or_imaginary(free.rate)
        argument = first * RHO * rate / (sqrt(2) * self._root(tilt.determinant * edge))
        return _times(gaussian, I, erfi(argument)) if imaginary else _times(gaussian, S.One, erf(argument))

    def _edge(self, kernel: Kernel, determinant: Function, spread: Function) -> tuple[Expr, Function]:
        """Return (sqrt(2) s, d + 2 s^2 n) of an erf(sx), (1, n) of a sign."""
        slope = S.Zero if kernel.slope is None else kernel.slope
        if slope is S.Infinity:
            return S.One, spread
        return sqrt(2) * slope, determinant + 2 * self.lift(expand(slope**2)) * spread

    def _gaussian(self, exponent: Function, radicand: Function) -> Sum:
        """Return e^exponent / sqrt(radicand), constants taken out of the root."""
        outside, inside, content = self._square_root(radicand)
        total: Sum = {}
        shape = Shape(S.One, exponent, S.One, inside)
        one = self.functions.one
        self.add(total, self._divided(one, outside), 1 / sqrt(content), {shape: one})
        return total

    def _root(self, radicand: Function) -> Expr:
        outside, inside, content = self._square_root(radicand)
        return sqrt(content) * outside.as_expr() * sqrt(inside.as_expr())

    def _square_root(self, radicand: Function) -> tuple[Function, Function, Expr]:
        """Return (q, r, c) with radicand = c q^2 r, r square-free, q and r positive where |rho| < 1.

        The radicands are positive there, so that the signs at rho = 0 decide.
        """
        fraction = self.fractions(radicand)
        unit, factors = fraction.numer.sqf_list()
        content = self.constants.to_sympy(unit) / fraction.denom.as_expr()
        outside, inside = self.functions.one, self.functions.one
        for polynomial, multiplicity in factors:
            coefficients = [self.constants.to_sympy(number) for number in polynomial.coeffs()]
            scale = ilcm(*[number.q if number.is_Rational else 1 for number in coefficients])
            if self.constants.to_sympy(polynomial.coeff(1)).is_negative:
                scale = -scale
            factor = self.functions(polynomial) * scale
            outside *= factor ** (multiplicity // 2)
            inside *= factor ** (multiplicity % 2)
            content /= Integer(scale) ** multiplicity
        return outside, inside, expand(content)


def _times(total: Sum, prefactor: Expr, special: Expr) -> Sum:
    """Return the sum with every shape, none of which has a special function yet, times the two."""
    rational, constant = prefactor.as_coeff_Mul()
    sign, special = special.as_coeff_Mul()
    return {
        shape._replace(prefactor=shape.prefactor * constant, special=special): value * int(rational * sign)
        for shape, value in total.items()
    }


def _differentiated(kernel: Kernel) -> tuple[Expr, Kernel]:
    """Return (c, K) with c K the kernel after d/dx of its erf(sx)."""
    slope = S.Zero if kernel.slope is None else kernel.slope
    return 2 * slope / sqrt(pi), Kernel(kernel.rate, expand(kernel.gauss + slope**2))
