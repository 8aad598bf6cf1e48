"""Inequalities between gamma curves, or a gamma curve and a formula in alpha, proved on a whole interval.

Write D = greater - less; the claim is D > 0. In the order in which they are tried:

1. identity: both closed forms are the same expression;
2. partial sums: for a curve f = sum_l a_l alpha^l and a polynomial p,
   f - p = (1 - alpha) sum_m (A_m - P_m) alpha^m with the partial sums A_m, P_m (Abel), so that one sign of
   all A_m - P_m decides; A_m increases to f(1), P_m is constant in the end: finitely many comparisons;
3. covering: D > 0 on every box [x, y] of a partition of the interval. A curve is convex: it lies below its
   chord and above its tangent in the middle. A formula is enclosed by the mean value theorem.

Where both sides have the same value at an end, that zero is divided out. At 0: with the first coefficients
that differ, d = b_k - a_k, D/alpha^k >= d + (bounds of both remainders); at 1: D/(1 - alpha), or
D/acos(alpha) where a slope is infinite (curve_bounds.py). A formula that is infinite or not smooth at an end
is bounded over alpha^k on the whole open interval beside it (formula_range.py). Derived here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

import sympy as sp

from hermite_gamma.balls import sign_of
from hermite_gamma.curve_bounds import MAX_TAYLOR, CurveSide, FormulaSide, NotSmooth, Side, side
from hermite_gamma.errors import BadInput, BudgetExceeded, NoClosedForm, NoEnclosure, PrecisionExhausted
from hermite_gamma.inputs import rational_value
from hermite_gamma.sympy_faults import retried

PROVED, REFUTED, UNDECIDED = "PROVED", "REFUTED", "UNDECIDED"
RELATIONS = ("<", "<=", ">", ">=")
MAX_BOXES = 400
SMALLEST_BOX = Fraction(1, 2**24)
END_STEPS = 24
# halvings of 1 - q: beyond 1 - 10^-4 the values of kinked activations become expensive
LAST_STEPS = 13


@dataclass(frozen=True)
class Comparison:
    """The outcome of one comparison.

    Attributes:
        claim: the inequality in words.
        verdict: "PROVED", "REFUTED" or "UNDECIDED".
        method: "identity", "partial sums" or "covering".
        boxes: how many boxes cover the interval (0 where no covering was needed).
        witness: REFUTED: an alpha at which the opposite strict inequality is certified.
        where: UNDECIDED: an interval of alpha that resists.
        reason: why, in words.
    """

    claim: str
    verdict: str
    method: str
    boxes: int = 0
    witness: Fraction | None = None
    where: tuple[Fraction, Fraction] | None = None
    reason: str = ""

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict has three values: compare .verdict with 'PROVED'")

    def __str__(self) -> str:
        if self.verdict == PROVED:
            detail = f"{self.boxes} boxes" if self.method == "covering" else self.method
        elif self.verdict == REFUTED:
            detail = f"at alpha = {self.witness}" if self.witness is not None else self.method
        else:
            detail = self.reason + (f", alpha in [{self.where[0]}, {self.where[1]}]" if self.where else "")
        return f"{self.verdict}: {self.claim} ({detail})"


@retried
def compare(
    left: Any,
    right: Any,
    relation: str = "<=",
    *,
    between: tuple[Any, Any] = (0, 1),
    max_boxes: int = MAX_BOXES,
) -> Comparison:
    """Prove or refute left <= right (or <, >=, >) for every alpha in an open interval.

    Args:
        left, right: each a GammaCurve (`gamma_curve`), a SymbolicGamma (`gamma_ntk(phi, Symbol("alpha"))`)
            or an expression in one symbol; at least one is a curve.
        relation: "<=", "<", ">=" or ">".
        between: rational ends of the interval, 0 and 1 by default.
        max_boxes: boxes of the covering after which the verdict is UNDECIDED.

    Returns:
        Comparison. UNDECIDED never means true or false: two curves that touch inside, or agree to leading
        order at an end without being equal, cannot be decided so.

    >>> from sympy import Symbol
    >>> from hermite_gamma import gamma_curve, gamma_ntk
    >>> a = Symbol("alpha")
    >>> print(compare(gamma_ntk("relu", a), a**2))
    PROVED: ntk_limit of relu <= alpha**2 for every alpha in (0, 1) (partial sums)
    >>> print(compare(gamma_curve("hardtanh"), gamma_curve("relu"), "<"))
    PROVED: ntk_limit of hardtanh < ntk_limit of relu for every alpha in (0, 1) (8 boxes)
    >>> compare(gamma_curve("relu"), a**3).witness
    Fraction(1, 2)
    """
    if relation not in RELATIONS:
        raise BadInput(f"a relation is one of {', '.join(RELATIONS)}, got {relation!r}")
    first, second = side(left), side(right)
    if not (isinstance(first, CurveSide) or isinstance(second, CurveSide)):
        raise BadInput("at least one side of a comparison is a gamma curve")
    low, high = (rational_value(end, "between") for end in between)
    if not 0 <= low < high <= 1:
        raise BadInput(f"the interval must lie in [0, 1], got ({low}, {high})")
    claim = f"{first} {relation} {second} for every alpha in ({low}, {high})"
    less, greater = (first, second) if "<" in relation else (second, first)
    same = _identical(less, greater)
    if same:
        verdict = PROVED if "=" in relation else REFUTED
        witness = None if "=" in relation else (low + high) / 2
        return Comparison(
            claim, verdict, "identity", witness=witness, reason="both sides are the same function"
        )
    if low == 0 and high == 1 and _by_partial_sums(less, greater):
        return Comparison(claim, PROVED, "partial sums")
    try:
        return _Covering(claim, less, greater, max_boxes).run(low, high)
    except (NoEnclosure, BudgetExceeded, PrecisionExhausted) as error:
        return Comparison(claim, UNDECIDED, "covering", reason=str(error))


def _identical(less: Side, greater: Side) -> bool:
    """Return whether both closed forms are the same expression; quick where some coefficient differs."""
    if less == greater:
        return True
    try:
        pairs = zip(less.taylor, greater.taylor, strict=True)
        if any(one[0] > two[1] or two[0] > one[1] for (one, _), (two, _) in pairs):
            return False
        return bool(sp.expand(less.exact - greater.exact) == 0)
    except (NoClosedForm, NoEnclosure):
        return False


def _by_partial_sums(less: Side, greater: Side) -> bool:
    """Return whether all partial sums of the greater side are proved to exceed those of the lesser one."""
    curve, formula = (less, greater) if isinstance(less, CurveSide) else (greater, less)
    if not isinstance(curve, CurveSide) or not isinstance(formula, FormulaSide):
        return False
    coefficients = formula.polynomial
    if coefficients is None or len(coefficients) > len(curve.taylor):
        return False
    sign = 1 if curve is less else -1
    strict = False
    total, exact_total, low, high = sp.S.Zero, sp.S.Zero, Fraction(0), Fraction(0)
    for power, added in enumerate(coefficients):
        total += added
        interval, exact = curve.taylor[power]
        low, high = low + interval[0], high + interval[1]
        exact_total = None if exact is None or exact_total is None else exact_total + exact
        if power == len(coefficients) - 1 and curve is less:
            # from here on P_m is constant, and A_m only increases to the limit at 1
            (_, high), exact_total = curve.end
        bound = high if sign > 0 else low
        verdict = _sign(sign * (total - sp.Rational(bound.numerator, bound.denominator)))
        if verdict != 1:
            if exact_total is None or _sign(total - exact_total) != 0:
                return False
        else:
            strict = True
    # D vanishes identically only if all partial sums agree
    return strict or _first_differs(curve, coefficients)


def _first_differs(curve: CurveSide, coefficients: list[sp.Expr]) -> bool:
    for power, (interval, _) in enumerate(curve.taylor):
        value = coefficients[power] if power < len(coefficients) else sp.S.Zero
        low, high = (sp.Rational(end.numerator, end.denominator) for end in interval)
        if _sign(value - low) == -1 or _sign(value - high) == 1:
            return True
    return False


def _sign(value: sp.Expr) -> int | None:
    return sign_of(sp.sympify(value, strict=True))


def _equal(one: sp.Expr | None, two: sp.Expr | None) -> bool:
    """Return whether two exact numbers are known and proved to be equal."""
    return one is not None and two is not None and _sign(two - one) == 0


class _Undecided(Exception):
    """Some part of the interval resists; carries it."""

    def __init__(self, reason: str, where: tuple[Fraction, Fraction]) -> None:
        self.reason, self.where = reason, where
        super().__init__(reason)


class _Refuted(Exception):
    def __init__(self, witness: Fraction) -> None:
        self.witness = witness
        super().__init__(str(witness))


class _Covering:
    """One covering; counts its boxes."""

    def __init__(self, claim: str, less: Side, greater: Side, max_boxes: int) -> None:
        self.claim, self.less, self.greater, self.max_boxes = claim, less, greater, max_boxes
        self.boxes = 0

    def run(self, low: Fraction, high: Fraction) -> Comparison:
        try:
            for sixteenth in (8, 4, 12, 2, 14, 1, 15):
                self._check_point(low + (high - low) * Fraction(sixteenth, 16))
            failed: Exception | None = None
            start = low
            if low == 0:
                try:
                    start = self._near_zero(min(high, Fraction(1, 2)))
                except (NoEnclosure, _Undecided) as error:
                    # the claim may still be refuted next to 1
                    failed, start = error, min(high, Fraction(1, 2))
            stop = self._near_one(max(start, Fraction(1, 2))) if high == 1 else high
            if failed is not None:
                raise failed
            if start < stop:
                self._inside(start, stop)
        except _Refuted as found:
            return Comparison(self.claim, REFUTED, "covering", self.boxes, witness=found.witness)
        except _Undecided as undecided:
            return Comparison(
                self.claim, UNDECIDED, "covering", self.boxes, where=undecided.where, reason=undecided.reason
            )
        return Comparison(self.claim, PROVED, "covering", self.boxes)

    def _check_point(self, alpha: Fraction) -> bool:
        """Return whether D > 0 at alpha is proved.

        Raises:
            _Refuted: D < 0 is proved there.
        """
        for digits in (20, 60):
            (a, b), (c, d) = self.less.value(alpha, digits), self.greater.value(alpha, digits)
            if d < a:
                raise _Refuted(alpha)
            if c > b:
                return True
        return False

    def _near_zero(self, reach: Fraction) -> Fraction:
        """Return p such that D > 0 on (0, p) is proved."""
        try:
            pairs = enumerate(list(zip(self.less.taylor, self.greater.taylor, strict=True)))
        except NotSmooth as error:
            return self._by_ranges(reach, str(error))
        found = next(((k, a, b) for k, ((a, one), (b, two)) in pairs if not _equal(one, two)), None)
        if found is None:
            raise _Undecided("the first coefficients agree", (Fraction(0), reach))
        order, a, b = found
        gap = b[0] - a[1]
        if gap <= 0:
            if b[1] < a[0]:
                self._search(reach)
            raise _Undecided(f"the coefficients of alpha^{order} are not told apart", (Fraction(0), reach))
        for _ in range(END_STEPS):
            self.boxes += 1
            try:
                if gap - self.less.rest(order, reach)[1] + self.greater.rest(order, reach)[0] > 0:
                    return reach
            except NotSmooth:
                # a pole of the formula further away: closer to 0 its derivatives are bounded
                pass
            reach /= 2
        raise _Undecided("no neighbourhood of 0 is proved", (Fraction(0), reach))

    def _by_ranges(self, reach: Fraction, reason: str) -> Fraction:
        """Return p as above where there is no Taylor series: bounds of both sides over alpha^k on (0, p)."""
        for _ in range(END_STEPS):
            self.boxes += 1
            if any(self._apart(power, Fraction(0), reach) for power in range(MAX_TAYLOR + 1)):
                return reach
            self._check_point(reach)
            reach /= 4
        raise _Undecided(f"{reason}, and no neighbourhood of 0 is proved", (Fraction(0), reach))

    def _apart(self, power: int, x: Fraction, y: Fraction) -> bool:
        """Return whether bounds over alpha^power prove D > 0 on the open interval (x, y)."""
        try:
            less, greater = self.less.scaled(power, x, y), self.greater.scaled(power, x, y)
        except NoEnclosure:
            return False
        if less is None or greater is None or less[1] is None or greater[0] is None:
            return False
        return greater[0] > less[1]

    def _search(self, reach: Fraction) -> None:
        """Look closer and closer to 0 for a point with D < 0, which exists."""
        for _ in range(END_STEPS):
            self._check_point(reach)
            reach /= 4

    def _search_one(self, reach: Fraction) -> None:
        """The same next to 1."""
        for step in range(END_STEPS):
            self._check_point(1 - reach)
            # where a slope is infinite the point is at about the square of the gap
            reach /= 2 if step < END_STEPS // 2 else 8

    def _near_one(self, start: Fraction) -> Fraction:
        """Return q such that D > 0 on (q, 1) is proved."""
        reach = 1 - start
        try:
            ((floor, high), one), ((least, top), two) = self.less.end, self.greater.end
        except NotSmooth as error:
            return self._up_to_one(reach, str(error))
        equal = _equal(one, two)
        if not equal and not least > high:
            if top < floor:
                self._search_one(reach)
                raise _Undecided("false next to 1, but no point is found", (start, Fraction(1)))
            raise _Undecided("the limits at 1 are not told apart", (start, Fraction(1)))
        reason = ""
        for _ in range(LAST_STEPS):
            self.boxes += 1
            try:
                if self._decided_from(1 - reach, equal, (high, least)):
                    return 1 - reach
            except NotSmooth as error:
                reason = f"{error}, and "
            self._check_point(1 - reach)
            reach /= 2
        raise _Undecided(f"{reason}no neighbourhood of 1 is proved", (1 - reach, Fraction(1)))

    def _up_to_one(self, reach: Fraction, reason: str) -> Fraction:
        """Return q as above where a formula has no finite value at 1: bounds of both sides on (q, 1)."""
        for _ in range(LAST_STEPS):
            self.boxes += 1
            if self._apart(0, 1 - reach, Fraction(1)):
                return 1 - reach
            self._check_point(1 - reach)
            reach /= 2
        raise _Undecided(f"{reason}, and no neighbourhood of 1 is proved", (1 - reach, Fraction(1)))

    def _decided_from(self, start: Fraction, equal: bool, ends: tuple[Fraction, Fraction]) -> bool:
        if not equal:
            if self._apart(0, start, Fraction(1)):
                return True
            # a curve is at most its limit; a formula is enclosed by its slope
            top = ends[0] if isinstance(self.less, CurveSide) else _most_of(self.less, start, ends[0])
            floor = self.greater.value(start)[0]
            if isinstance(self.greater, FormulaSide):
                floor = _least_of(self.greater, start, ends[1])
            return floor > top
        (faster, _), (_, slower) = self.less.rate(start), self.greater.rate(start)
        if slower is not None:
            return faster > slower
        return self.less.root_rate(start)[0] > self.greater.root_rate(start)[1]

    def _inside(self, low: Fraction, high: Fraction) -> None:
        waiting = [(low, high)]
        while waiting:
            x, y = waiting.pop()
            self.boxes += 1
            if self._positive(x, y):
                continue
            middle = (x + y) / 2
            self._check_point(middle)
            if self.boxes >= self.max_boxes or y - x < SMALLEST_BOX:
                raise _Undecided(f"not decided after {self.boxes} boxes (raise max_boxes)", (x, y))
            waiting += [(middle, y), (x, middle)]

    def _positive(self, x: Fraction, y: Fraction) -> bool:
        less, greater = self.less, self.greater
        if isinstance(less, CurveSide) and isinstance(greater, CurveSide):
            above, below = less.majorant(x, y), greater.minorant(x, y)
            return below[0] > above[0] and below[1] > above[1]
        if isinstance(less, CurveSide) and isinstance(greater, FormulaSide):
            found = greater.difference(x, y, less.majorant(x, y))
            return found is not None and found[0] > 0
        if isinstance(less, FormulaSide) and isinstance(greater, CurveSide):
            found = less.difference(x, y, greater.minorant(x, y))
            return found is not None and found[1] < 0
        return False


def _most_of(formula: Side, start: Fraction, end: Fraction) -> Fraction:
    low, _ = formula.rate(start)
    return max(end, end - low * (1 - start))


def _least_of(formula: Side, start: Fraction, end: Fraction) -> Fraction:
    _, high = formula.rate(start)
    assert high is not None
    return min(end, end - high * (1 - start))
