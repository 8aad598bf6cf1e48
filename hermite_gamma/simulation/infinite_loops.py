"""The loops of the infinite-width kernels, compiled by Numba and kept in its cache.

Panels have `NODES` Gauss-Legendre nodes each and sums run over that many lanes, so that strict IEEE additions
vectorise; everything is added in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

NODES = 16
GAUSS, GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(NODES)
NEAR = -1  # in place of a number of levels: the series in rho is too long for this pair

_BLOCK = 512  # columns at a time: their levels stay in the second-level cache
_TINY = 1e-18
_ROOT = 1 / np.sqrt(2 * np.pi)


def _compiled(function: Callable[..., Any]) -> Any:
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        # neither this folder nor the user's cache can be written: compiled in every process then
        return njit(**options)(function)


@_compiled
def scales(z, out):  # type: ignore[no-untyped-def]
    """Write |z_i|/sqrt(d) to out[i]; equal rows get equal bits, which a BLAS product does not promise."""
    rows, dim = z.shape
    for i in range(rows):
        total = 0.0
        for k in range(dim):
            total += z[i, k] * z[i, k]
        out[i] = np.sqrt(total / dim)


@_compiled
def half_chords(a, b, scale_a, scale_b, first, second, side, out):  # type: ignore[no-untyped-def]
    """Write sin(theta/2), theta the angle of a_i and side b_j, without the cancellation of 1 - rho."""
    dim = a.shape[1]
    for t in range(first.size):
        i, j = first[t], second[t]
        p, q = 1 / scale_a[i], side[t] / scale_b[j]
        total = 0.0
        for k in range(dim):
            gap = a[i, k] * p - b[j, k] * q
            total += gap * gap
        out[t] = 0.5 * np.sqrt(total / dim)


@_compiled
def row_panels(scale, reach, edges, width, starts, out):  # type: ignore[no-untyped-def]
    """Cut [-reach_i, reach_i] at edges/scale_i into panels of at most `width`.

    Writes where each row's panels start to starts[rows + 1] and, if `out` is long enough, middle and half
    width to out[panels, 2]; returns the number of panels.
    """
    count = 0
    for i in range(scale.size):
        starts[i] = count
        for k in range(edges.size - 1):
            low, high = -reach[i], reach[i]
            if scale[i] > 0.0:
                low = max(low, edges[k] / scale[i])
                high = min(high, edges[k + 1] / scale[i])
            elif k > 0:
                break
            if not low < high:
                continue
            parts = int(np.ceil((high - low) / width))
            step = (high - low) / parts
            for m in range(parts):
                if count < out.shape[0]:
                    out[count, 0] = low + (m + 0.5) * step
                    out[count, 1] = 0.5 * step
                count += 1
    starts[scale.size] = count
    return count


@_compiled
def second_moments(starts, panels, amplitude, out):  # type: ignore[no-untyped-def]
    """Write sqrt(E phi(scale_i g)^2); amplitude[panel, node] = phi(scale g) exp(-g^2/4)."""
    for i in range(starts.size - 1):
        lanes = np.zeros(NODES)
        for p in range(starts[i], starts[i + 1]):
            for k in range(NODES):
                lanes[k] += panels[p, 1] * GAUSS_WEIGHTS[k] * amplitude[p, k] * amplitude[p, k]
        out[i] = np.sqrt(lanes.sum() * _ROOT)


@_compiled
def levels(starts, panels, amplitude, out):  # type: ignore[no-untyped-def]
    """Write out[l, i] = E phi(scale_i g) h_l(g); h_l(g) exp(-g^2/4) is bounded, so nothing overflows."""
    count = out.shape[0]
    for i in range(starts.size - 1):
        begin, size = starts[i], starts[i + 1] - starts[i]
        weighted, points = np.empty((size, NODES)), np.empty((size, NODES))
        last, current = np.zeros((size, NODES)), np.empty((size, NODES))
        for p in range(size):
            for k in range(NODES):
                g = panels[begin + p, 0] + panels[begin + p, 1] * GAUSS[k]
                points[p, k] = g
                current[p, k] = np.exp(-0.25 * g * g)
                weighted[p, k] = panels[begin + p, 1] * GAUSS_WEIGHTS[k] * amplitude[begin + p, k] * _ROOT
        for level in range(count):
            up, down = 1 / np.sqrt(level + 1.0), np.sqrt(level / (level + 1.0))
            lanes = np.zeros(NODES)
            for p in range(size):
                for k in range(NODES):
                    value = current[p, k]
                    lanes[k] += weighted[p, k] * value
                    current[p, k] = up * points[p, k] * value - down * last[p, k]
                    last[p, k] = value
            out[level, i] = lanes.sum()


@_compiled
def correlate(products, scale_a, scale_b, dim, lower):  # type: ignore[no-untyped-def]
    """Turn z.z' into rho in place; returns the largest |rho| (below the diagonal only, if `lower`)."""
    largest = 0.0
    for i in range(products.shape[0]):
        for j in range(i if lower else products.shape[1]):
            size = dim * scale_a[i] * scale_b[j]
            rho = products[i, j] / size if size > 0.0 else 0.0
            products[i, j] = rho
            largest = max(largest, abs(rho))
    return largest


@_compiled
def levels_needed(rho, digits, tiers, tails_a, tails_b, lower, out):  # type: ignore[no-untyped-def]
    """Write how many levels each pair needs, or NEAR; returns the largest number and how many are NEAR.

    |rho|^(n+1) <= exp(-digits) bounds what n levels leave out; beyond the first tier the logarithms of the
    two relative tails are added, tails[tier, i] (0 where nothing is known).
    """
    most, near = 0, 0
    last = tiers.size - 1
    for i in range(rho.shape[0]):
        for j in range(i if lower else rho.shape[1]):
            size = abs(rho[i, j])
            slope = -np.log(size) if size < 1.0 else 0.0
            if slope * (tiers[0] + 1) >= digits:
                needed = 0 if size == 0.0 else max(0, int(np.ceil(digits / slope)) - 1)
            else:
                needed = NEAR
                for t in range(1, last + 1):
                    if slope * (tiers[t] + 1) - tails_a[t, i] - tails_b[t, j] >= digits:
                        needed = tiers[t]
                        break
            out[i, j] = needed
            most = max(most, needed)
            if needed == NEAR:
                near += 1
    return most, near


@_compiled
def pairs_marked(needed, lower, first, second):  # type: ignore[no-untyped-def]
    """List the pairs that are NEAR."""
    count = 0
    for i in range(needed.shape[0]):
        for j in range(i if lower else needed.shape[1]):
            if needed[i, j] == NEAR:
                first[count], second[count] = i, j
                count += 1


@_compiled
def mehler(rho, needed, levels_a, levels_b, factor_a, factor_b, linear, lower):  # type: ignore[no-untyped-def]
    """Replace rho by sum_l m_l(a) m_l(b) rho^l, as many levels as each pair needs (Horner, lanes = columns).

    If `linear`, the sum is multiplied by factor_a[i] factor_b[j] rho.
    """
    rows, columns = rho.shape
    power, total, begin = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    for start in range(0, columns, _BLOCK):
        for i in range(rows):
            size = min(_BLOCK, (i if lower else columns) - start)
            if size <= 0:
                continue
            top = 0
            for j in range(size):
                power[j] = rho[i, start + j]
                total[j] = 0.0
                begin[j] = needed[i, start + j]
                top = max(top, needed[i, start + j])
            for level in range(top, -1, -1):
                factor, row = levels_a[level, i], levels_b[level, start : start + size]
                for j in range(size):
                    term = factor * row[j] if begin[j] >= level else 0.0
                    total[j] = total[j] * power[j] + term
            for j in range(size):
                if linear:
                    total[j] *= power[j] * (factor_a[i] * factor_b[start + j])
                rho[i, start + j] = total[j]


@_compiled
def mirror(square):  # type: ignore[no-untyped-def]
    """Copy what is below the diagonal above it."""
    for start in range(0, square.shape[0], 64):
        for i in range(start, square.shape[0]):
            for j in range(start, min(start + 64, i)):
                square[j, i] = square[i, j]


@_compiled
def strips(task, edges, flipped, width, reach, starts, nodes, halves):  # type: ignore[no-untyped-def]
    """Cut the lines q = const of the plane (p, q) into panels on which both factors are analytic.

    u = a (c p + e q), v = side b (c p - e q); task[t] = (a, b, e, side, q). Writes the nodes (p, u, v) and
    the half width of the panels of all lines one after the other, if there is room, and where each line
    starts; returns their number.
    """
    count = 0
    for t in range(task.shape[0]):
        a, b, e, side, q = task[t, 0], task[t, 1], task[t, 2], task[t, 3], task[t, 4]
        cosine = np.sqrt((1.0 - e) * (1.0 + e))
        starts[t] = count
        low, m, n = -reach[t], 0, 0
        while low < reach[t]:
            high = reach[t]
            while m < edges.size and (edges[m] / a - e * q) / cosine <= low:
                m += 1
            if m < edges.size:
                high = min(high, (edges[m] / a - e * q) / cosine)
            other = edges if side > 0 else flipped
            while n < edges.size and (other[n] / b + e * q) / cosine <= low:
                n += 1
            if n < edges.size:
                high = min(high, (other[n] / b + e * q) / cosine)
            parts = int(np.ceil((high - low) / width))
            half = 0.5 * (high - low) / parts
            for part in range(parts):
                if count < halves.size:
                    halves[count] = half
                    middle = low + (2 * part + 1) * half
                    for k in range(NODES):
                        p = middle + half * GAUSS[k]
                        nodes[0, count, k] = p
                        u, v = a * (cosine * p + e * q), side * b * (cosine * p - e * q)
                        # 0 is only reached by rounding, and is where log|x| has no value
                        nodes[1, count, k] = u if u != 0.0 else _TINY
                        nodes[2, count, k] = v if v != 0.0 else _TINY
                count += 1
            low = high
    starts[task.shape[0]] = count
    return count


@_compiled
def strip_sums(starts, halves, values, out):  # type: ignore[no-untyped-def]
    """Write the integral of values[0] values[1] values[2] / sqrt(2 pi) along each line."""
    for t in range(starts.size - 1):
        lanes = np.zeros(NODES)
        for p in range(starts[t], starts[t + 1]):
            half = halves[p] * _ROOT
            for k in range(NODES):
                lanes[k] += (half * GAUSS_WEIGHTS[k]) * (values[0, p, k] * values[1, p, k]) * values[2, p, k]
        out[t] = lanes.sum()


@_compiled
def follow_curve(ends, series, angles, out):  # type: ignore[no-untyped-def]
    """Write the Legendre series of the interval that each angle lies in (Clenshaw)."""
    last, top = ends.size - 2, series.shape[1] - 1
    for i in range(angles.size):
        low, high = 0, last
        while low < high:
            middle = (low + high + 1) // 2
            if ends[middle] <= angles[i]:
                low = middle
            else:
                high = middle - 1
        x = (2.0 * angles[i] - ends[low] - ends[low + 1]) / (ends[low + 1] - ends[low])
        b1, b2 = 0.0, 0.0
        for k in range(top, 0, -1):
            b1, b2 = series[low, k] + (2.0 * k + 1.0) / (k + 1.0) * x * b1 - (k + 1.0) / (k + 2.0) * b2, b1
        out[i] = series[low, 0] + x * b1 - 0.5 * b2
