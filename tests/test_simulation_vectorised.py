"""exp, log, tanh, erf, ... of vectorised.py against mpmath: errors as stated, limits, ends of the ranges.

Run on NumPy arrays; tests/test_simulation_scalar.py shows that the compiled code has the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from hermite_gamma.simulation import minimax, vectorised
from hermite_gamma.simulation.lanes import Arrays, Kind, Lane

UNIT = {"f32": 2.0**-24, "f64": 2.0**-53}
TYPES = {"f32": np.float32, "f64": np.float64}
INF, NAN = math.inf, math.nan
both = pytest.mark.parametrize("kind", ["f32", "f64"])


def on_arrays(function: Callable[[Lane], Lane], kind: Kind, points: Any) -> np.ndarray:
    points = np.asarray(points, TYPES[kind])
    return np.broadcast_to(function(Lane(Arrays(), kind, points)).value, points.shape)


# name: (mpmath's function, range in f32, range in f64, units of 1 + |f|, units of |f| or None), the units
# being 2^-24 and 2^-53; measured on 9000 points each, the largest were 0.8 to 0.9 of these
ACCURACY: dict[
    str, tuple[Callable[[Any], Any], tuple[float, float], tuple[float, float], float, float | None]
] = {
    "exp": (mpmath.exp, (-86, 88), (-700, 709), 1.5, 1.5),
    "expm1": (mpmath.expm1, (-20, 88), (-50, 709), 1.6, 2.0),
    "log": (mpmath.log, (1e-37, 1e38), (1e-300, 1e300), 1.2, 3.4),
    "log1p": (mpmath.log1p, (-0.999, 1e30), (-0.999, 1e300), 1.2, 4.4),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), (-85, 1e3), (-700, 1e4), 1.1, 3.6),
    "tanh": (mpmath.tanh, (-12, 12), (-25, 25), 1.5, 3.8),
    "sech_squared": (lambda x: mpmath.sech(x) ** 2, (-40, 40), (-300, 300), 1.7, 5.2),
    "log_cosh": (lambda x: mpmath.log(mpmath.cosh(x)), (-1e3, 1e3), (-1e4, 1e4), 2.1, None),
    "sinh": (mpmath.sinh, (-87, 87), (-700, 700), 2.2, 3.0),
    "cosh": (mpmath.cosh, (-87, 87), (-700, 700), 2.2, 2.2),
    "erf": (mpmath.erf, (-7, 7), (-9, 9), 1.0, 9.0),
    "erfc": (mpmath.erfc, (-7, 9), (-9, 26), 2.7, 5.5),
    "erfi": (mpmath.erfi, (-9, 9), (-26, 26), 9.5, 10.0),
    "sin": (mpmath.sin, (-8e3, 8e3), (-1e6, 1e6), 1.1, 3.0),
    "cos": (mpmath.cos, (-8e3, 8e3), (-1e6, 1e6), 0.9, 3.6),
    "tan": (mpmath.tan, (-8e3, 8e3), (-1e6, 1e6), 3.5, 4.4),
    "atan": (mpmath.atan, (-1e15, 1e15), (-1e15, 1e15), 1.2, 3.2),
    "asin": (mpmath.asin, (-1, 1), (-1, 1), 2.1, 4.7),
    "acos": (mpmath.acos, (-1, 1), (-1, 1), 2.1, 4.0),
    "asinh": (mpmath.asinh, (-1e15, 1e15), (-1e15, 1e15), 1.2, 4.5),
    "acosh": (mpmath.acosh, (1, 1e15), (1, 1e15), 1.3, 5.6),
    "atanh": (mpmath.atanh, (-1, 1), (-1, 1), 1.2, 5.7),
}


def grid(low: float, high: float, kind: Kind) -> np.ndarray:
    """Both uniform and logarithmic in the range, dense around 0 and 1, and the ends."""
    rng = np.random.default_rng(7)
    spread = 10.0 ** rng.uniform(-8, math.log10(max(abs(low), abs(high))), 150)
    near = np.concatenate([rng.uniform(-4, 4, 100), 1 + rng.normal(size=40) * 1e-3])
    points = np.concatenate([rng.uniform(low, high, 100), spread, -spread, near, [low, high]])
    points = points.astype(TYPES[kind])
    if (low, high) == (-1, 1):
        return points[np.abs(points) < 1]
    return points[(points >= low) & (points <= high)]


def errors(name: str, kind: Kind) -> tuple[float, float]:
    """The largest error in units of 1 + |f| and of |f|."""
    exact, low_range, high_range, _, _ = ACCURACY[name]
    points = grid(*(low_range if kind == "f32" else high_range), kind)
    values = on_arrays(getattr(vectorised, name), kind, points)
    absolute = relative = 0.0
    with mpmath.workdps(40):
        for point, value in zip(points, values, strict=True):
            truth = exact(mpmath.mpf(float(point)))
            error = abs(mpmath.mpf(float(value)) - truth) / UNIT[kind]
            absolute = max(absolute, float(error / (1 + abs(truth))))
            if abs(truth) > np.finfo(TYPES[kind]).tiny:
                relative = max(relative, float(error / abs(truth)))
    return absolute, relative


@both
@pytest.mark.parametrize("name", ACCURACY)
def test_errors_are_as_stated(name: str, kind: Kind) -> None:
    absolute, relative = errors(name, kind)
    assert absolute <= ACCURACY[name][3]
    stated = ACCURACY[name][4]
    assert stated is None or relative <= stated


@both
@pytest.mark.parametrize(
    ("table", "name"),
    [("EXP", "exp"), ("LOG", "log"), ("SIN", "sin"), ("COS", "cos"), ("ATAN", "atan"), ("ERF", "erf")],
)
def test_a_wrong_digit_is_noticed(table: str, name: str, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    original = getattr(minimax, table)[kind]
    changed = (original[0] * (1 + 1024 * UNIT[kind]), *original[1:])
    monkeypatch.setitem(getattr(minimax, table), kind, changed)
    assert max(errors(name, kind)[k] / ACCURACY[name][3 + k] for k in (0, 1)) > 1  # type: ignore[operator]


LIMITS: dict[str, tuple[tuple[float, float], ...]] = {
    "exp": ((INF, INF), (-INF, 0.0), (NAN, NAN), (0.0, 1.0), (-0.0, 1.0), (1e4, INF), (-1e4, 0.0)),
    "expm1": ((INF, INF), (-INF, -1.0), (NAN, NAN), (0.0, 0.0), (1e4, INF), (-1e4, -1.0)),
    "log": ((INF, INF), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (-INF, NAN), (NAN, NAN), (1.0, 0.0)),
    "log1p": ((INF, INF), (-1.0, -INF), (-2.0, NAN), (-INF, NAN), (NAN, NAN), (0.0, 0.0)),
    "softplus": ((INF, INF), (-INF, 0.0), (NAN, NAN), (1e4, 1e4), (-1e4, 0.0)),
    "tanh": ((INF, 1.0), (-INF, -1.0), (NAN, NAN), (0.0, 0.0), (-0.0, -0.0), (1e4, 1.0)),
    "sech_squared": ((INF, 0.0), (-INF, 0.0), (NAN, NAN), (0.0, 1.0)),
    "log_cosh": ((INF, INF), (-INF, INF), (NAN, NAN), (0.0, 0.0)),
    "sinh": ((NAN, NAN), (0.0, 0.0), (-0.0, -0.0)),
    "cosh": ((INF, INF), (-INF, INF), (NAN, NAN), (0.0, 1.0)),
    "erf": ((INF, 1.0), (-INF, -1.0), (NAN, NAN), (0.0, 0.0), (-0.0, -0.0)),
    "erfc": ((100.0, 0.0), (-100.0, 2.0), (NAN, NAN), (0.0, 1.0)),
    "erfi": ((0.0, 0.0), (-0.0, -0.0), (NAN, NAN)),
    "sin": ((0.0, 0.0), (INF, NAN), (NAN, NAN), (1e7, NAN)),
    "cos": ((0.0, 1.0), (INF, NAN), (NAN, NAN), (1e7, NAN)),
    "atan": ((INF, math.pi / 2), (-INF, -math.pi / 2), (NAN, NAN), (0.0, 0.0), (-0.0, -0.0)),
    "asin": ((1.0, math.pi / 2), (-1.0, -math.pi / 2), (2.0, NAN), (NAN, NAN), (0.0, 0.0)),
    "acos": ((1.0, 0.0), (-1.0, math.pi), (2.0, NAN), (NAN, NAN)),
    "asinh": ((0.0, 0.0), (-0.0, -0.0), (INF, NAN), (NAN, NAN)),
    "acosh": ((1.0, 0.0), (0.0, NAN), (INF, INF), (NAN, NAN)),
    "atanh": ((1.0, INF), (-1.0, -INF), (2.0, NAN), (NAN, NAN), (0.0, 0.0), (-0.0, -0.0)),
}


@both
@pytest.mark.parametrize("name", LIMITS)
def test_limits(name: str, kind: Kind) -> None:
    points, limits = zip(*LIMITS[name], strict=True)
    values = on_arrays(getattr(vectorised, name), kind, points)
    expected = np.array(limits, TYPES[kind])
    np.testing.assert_array_equal(values, expected)
    assert np.array_equal(np.signbit(values[expected == 0]), np.signbit(expected[expected == 0]))


@both
def test_exp_at_the_ends_of_the_range(kind: Kind) -> None:
    float_type = TYPES[kind]
    maximum = float(np.finfo(float_type).max)
    largest = float_type(math.log(maximum))
    top = next(x for x in (largest, np.nextafter(largest, float_type(0))) if mpmath.exp(float(x)) <= maximum)
    assert np.isfinite(on_arrays(vectorised.exp, kind, [top])).all()
    assert np.isinf(on_arrays(vectorised.exp, kind, [np.nextafter(largest, float_type(INF)) + 1])).all()
    # below the smallest normal number the result is 0 or right, never anything else
    bottom = np.linspace(-110, -80, 301) if kind == "f32" else np.linspace(-760, -690, 301)
    values = on_arrays(vectorised.exp, kind, bottom)
    exact = np.exp(bottom.astype(float_type).astype(float))
    assert (np.abs(values - exact) <= 4 * np.finfo(float_type).tiny).all()


@both
def test_log_of_subnormal_numbers(kind: Kind) -> None:
    tiny = np.finfo(TYPES[kind]).smallest_subnormal * np.array([1, 2, 3, 1000], TYPES[kind])
    expected = [float(mpmath.log(mpmath.mpf(float(x)))) for x in tiny]
    np.testing.assert_allclose(on_arrays(vectorised.log, kind, tiny), expected, rtol=4 * UNIT[kind])
