"""Two 32-bit words -> two independent standard normals, without a branch, in float32."""

from __future__ import annotations

import math

from hermite_gamma.simulation import minimax
from hermite_gamma.simulation.lanes import Lane
from hermite_gamma.simulation.vectorised import log_normal, polynomial

_LOW_HALF, _HIGH_HALF = (
    0x4B000000,
    0x53000000,
)  # 2^23 and 2^39: 16 more bits are an integer, or one times 2^16


def normal_pair(first: Lane, second: Lane) -> tuple[Lane, Lane]:
    """Return sqrt(-2 log u) (cos t, sin t) with u = (first + 1/2)/2^32 and t uniform from `second`.

    All 32 bits of u count, so |v| reaches sqrt(2 * 33 log 2) = 6.76; 30 bits of `second` give an angle in
    (-pi/4, pi/4), symmetric about 0; the top bit is a reflection and the next one swaps the two normals.
    """
    # both halves are exact, so first + 1/2 is rounded once
    high = ((first >> 16) | _HIGH_HALF).floats() - 2.0**39
    low = ((first & 0xFFFF) | _LOW_HALF).floats() - (2.0**23 - 0.5)
    radius = (log_normal(high + low, -32.0) * -2.0).sqrt()
    angle = ((second << 2) | 2).convert() * (math.pi / 4 / 2**31)
    z = angle * angle
    sine = angle + angle * (z * polynomial(z, minimax.SIN["f32"]))
    cosine = 1.0 + (z * -0.5 + z * z * polynomial(z, minimax.COS["f32"]))
    x = radius * (cosine.bits() | (second & -(2**31))).floats()
    y = radius * sine
    straight = (second & 2**30).equals(0)
    return straight.select(x, y), straight.select(y, x)
