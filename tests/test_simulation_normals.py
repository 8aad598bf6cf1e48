"""The counter-based generator: known answers, keying, bits, and quality with the power of every check shown.

Every statistical check is a p-value below 1e-8 of which fails; about 40 are made on fixed seeds, so a correct
generator had a chance of 4e-7 to need other seeds.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from hermite_gamma.simulation.box_muller import normal_pair
from hermite_gamma.simulation.lanes import Arrays, Lane
from hermite_gamma.simulation.normals import Stream, fill_normals, fill_uniforms, random_signs

FALSE_ALARM = 1e-8


def normals(
    rows: int, columns: int, seed: int = 1, trial: int = 0, stream: int = 0, first_row: int = 0
) -> np.ndarray:
    out = np.empty((rows, columns), np.float32)
    fill_normals(out, seed, trial, stream, first_row)
    return out


# --- the words, by an implementation of its own -----------------------------------------------------------


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10 as in the paper, in Python integers."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c0, 2**32)
        high1, low1 = divmod(0xCD9E8D57 * c2, 2**32)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0, c1, c2, c3


# Random123, kat_vectors: counter, key, answer
KNOWN = (
    ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((2**32 - 1,) * 4, (2**32 - 1,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: tuple[int, int, int, int], key: tuple[int, int], answer: str) -> None:
    from hermite_gamma.simulation.philox import words

    assert " ".join(f"{word:08x}" for word in philox(counter, key)) == answer
    column, row, trial, last = counter
    stream, row_high = last % 256, last // 256
    out = np.empty((4, 8), np.uint32)
    columns = np.full(8, column, np.uint64)
    rows = np.full(8, row + (row_high << 32), np.uint64)
    words(columns, rows, 8, np.uint64(trial), np.uint64(stream), *map(np.uint64, key), out)
    assert " ".join(f"{word:08x}" for word in out[:, 5]) == answer


def word_at(seed: int, trial: int, stream: int, row: int, column: int) -> int:
    """The documented keying of one entry: word q of counter 8 g + i is column 32 g + 8 q + i."""
    group, inside = divmod(column, 32)
    q, i = divmod(inside, 8)
    counter = (8 * group + i, row % 2**32, trial, stream + 256 * (row >> 32))
    return philox(counter, (seed % 2**32, seed >> 32))[q]


def test_every_entry_is_keyed_as_documented() -> None:
    rng = np.random.default_rng(0)
    for first_row in (0, 2**31 - 3, 2**32 - 2, 2**45):
        seed, trial, stream = (
            int(rng.integers(2**63)) * 2 + 1,
            int(rng.integers(2**32)),
            int(rng.integers(256)),
        )
        signs = np.empty((5, 77))
        random_signs(signs, seed, trial, stream, first_row)
        for row, column in rng.integers((0, 0), (5, 77), (40, 2)):
            word = word_at(seed, trial, stream, first_row + int(row), int(column))
            assert signs[row, column] == (-1.0 if word >> 31 else 1.0)


# --- keying: no block can be seen -------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 7, 31, 32, 33, 100, 1000])
def test_blocks_cannot_be_seen(columns: int) -> None:
    whole = normals(40, columns, seed=2**63 + 5, trial=2**32 - 1, stream=3, first_row=2**31 - 20)
    for start, stop in ((0, 1), (1, 18), (18, 40)):
        part = normals(stop - start, columns, 2**63 + 5, 2**32 - 1, 3, 2**31 - 20 + start)
        assert np.array_equal(part, whole[start:stop])
    wider = normals(40, columns + 45, 2**63 + 5, 2**32 - 1, 3, 2**31 - 20)
    assert np.array_equal(wider[:, :columns], whole)


def test_rows_beyond_two_to_the_32_do_not_repeat() -> None:
    low, high = normals(4, 64), normals(4, 64, first_row=2**32)
    assert not np.isin(low, high).any()
    across = normals(4, 64, first_row=2**32 - 2)
    assert np.array_equal(across[2:], high[:2])


@pytest.mark.parametrize("fill", [fill_normals, fill_uniforms, random_signs])
def test_any_layout_and_precision(fill: Callable[..., None]) -> None:
    expected = np.empty((600, 50))
    fill(expected, 9, 8, 7, 6)
    strided = np.zeros((600, 100))[:, ::2]
    fill(strided, 9, 8, 7, 6)
    assert np.array_equal(strided, expected)
    tail = np.empty((13, 50))
    fill(tail, 9, 8, 7, 6 + 587)
    assert np.array_equal(tail, expected[587:])
    if fill is not fill_uniforms:
        single = np.empty((600, 50), np.float32)
        fill(single, 9, 8, 7, 6)
        assert np.array_equal(single, expected)


@pytest.mark.parametrize(
    ("seed", "trial", "stream", "first_row"),
    [(2**64, 0, 0, 0), (-1, 0, 0, 0), (0, 2**32, 0, 0), (0, 0, 256, 0), (0, 0, 0, 2**56 - 2)],
)
def test_what_does_not_fit_is_refused(seed: int, trial: int, stream: int, first_row: int) -> None:
    with pytest.raises(OverflowError, match="out of range"):
        normals(2, 2, seed, trial, stream, first_row)


def test_importing_compiles_nothing() -> None:
    code = "import sys, hermite_gamma.simulation.normals; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- the bits of a normal ---------------------------------------------------------------------------------


def drawn_words(rows: int, columns: int) -> np.ndarray:
    from hermite_gamma.simulation.philox import fill

    out = np.empty((rows, columns), np.uint32)
    fill(out, False, *map(np.uint64, (1, 0, 0, 0, 0)))
    return out


def in_pairs(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns 32 g + i and 32 g + 8 + i belong together, and so do the two after them."""
    blocks = array.reshape(len(array), -1, 2, 2, 8)
    return blocks[:, :, :, 0].ravel(), blocks[:, :, :, 1].ravel()


def test_the_bits_are_those_of_ieee_arithmetic() -> None:
    # NumPy rounds after every operation, so a fused multiply-add anywhere would show
    first, second = in_pairs(drawn_words(64, 1024))
    expected = normal_pair(Lane(Arrays(), "i32", first), Lane(Arrays(), "i32", second))
    for lane, actual in zip(expected, in_pairs(normals(64, 1024)), strict=True):
        assert np.array_equal(lane.value.view(np.uint32), actual.view(np.uint32))


def test_the_pair_is_box_and_mullers() -> None:
    first, second = in_pairs(drawn_words(64, 1024))
    edge = np.array([0, 1, 2, 2**31, 2**32 - 1, 2**32 - 2**8, 2**30, 2**30 - 1], np.uint32)
    first, second = np.concatenate([first, np.repeat(edge, 8)]), np.concatenate([second, np.tile(edge, 8)])
    x, y = (lane.value for lane in normal_pair(Lane(Arrays(), "i32", first), Lane(Arrays(), "i32", second)))
    radius = np.sqrt(-2 * np.log((first + 0.5) / 2**32))
    # quarter turn from the two top bits, position inside it from the other thirty
    angle = (((second.astype(np.int64) << 2) + 2**31) % 2**32 - 2**31 + 2) * (np.pi / 4 / 2**31)
    cosine, sine = np.where(second >> 31, -1, 1) * np.cos(angle), np.sin(angle)
    swap = (second >> 30) % 2 == 1
    # a few units in the last place, and near u = 1 what is lost of u there: 24 of the 32 bits are kept
    tolerance = 2e-6 + 2.0**-23 / (radius + 2.0**-12)
    assert (np.abs(x - radius * np.where(swap, sine, cosine)) < tolerance).all()
    assert (np.abs(y - radius * np.where(swap, cosine, sine)) < tolerance).all()
    assert np.abs(x).max() > 6.75


# --- quality ----------------------------------------------------------------------------------------------

Draw = Callable[..., np.ndarray]


def two_sided(z: float) -> float:
    return float(2 * stats.norm.sf(abs(z)))


def p_values(draw: Draw) -> dict[str, float]:
    """p-values of one generator: marginal law, and dependence between everything that keys an entry."""
    base = draw(512, 4096).astype(float)
    flat, n = base.ravel(), base.size
    found = {
        "mean": two_sided(flat.mean() * n**0.5),
        "variance": two_sided((np.mean(flat**2) - 1) * (n / 2) ** 0.5),
        "skewness": two_sided(np.mean(flat**3) * (n / 15) ** 0.5),
        "kurtosis": two_sided((np.mean(flat**4) - 3) * (n / 96) ** 0.5),
        "tail": stats.binomtest(int((np.abs(flat) > 4.3).sum()), n, 2 * stats.norm.sf(4.3)).pvalue,
        "Kolmogorov-Smirnov": stats.kstest(flat[: 2**18], "norm").pvalue,
    }
    edges = stats.norm.ppf(np.arange(1, 1024) / 1024)
    counts = np.bincount(np.searchsorted(edges, flat), minlength=1024)
    found["chi-square"] = stats.chisquare(counts).pvalue
    squares = (base**2 - 1) / 2**0.5
    others = {
        f"columns at distance {k}": (slice(None), slice(k, None), slice(None, -k)) for k in (1, 4, 8, 16, 32)
    }
    for name, (rows, right, left) in others.items():
        found |= dependence(name, base[rows, right], base[rows, left])
    found |= dependence("next row", base[1:], base[:-1])
    found |= dependence("next trial", base, draw(512, 4096, trial=1))
    found |= dependence("next trial, previous row", base[1:], draw(511, 4096, trial=1))
    found |= dependence("next stream", base, draw(512, 4096, stream=1))
    found |= dependence("next seed", base, draw(512, 4096, seed=2))
    found |= dependence("seed differs in the high half", base, draw(512, 4096, seed=1 + 2**32))
    found |= dependence("far rows", base, draw(512, 4096, first_row=2**32))
    means = squares.mean(1) * 4096**0.5
    found["spread of the row sums of squares"] = two_sided((np.mean(means**2) - 1) * (512 / 2) ** 0.5)
    return found


def dependence(name: str, x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Correlations of the values and of the squares; both have mean 0 and variance 1, whence the z-score."""
    x, y = x.astype(float), y.astype(float)
    linear = np.mean(x * y) * x.size**0.5
    square = np.mean((x**2 - 1) * (y**2 - 1)) / 2 * x.size**0.5
    return {name: two_sided(linear), f"{name}, squares": two_sided(square)}


def test_nothing_is_wrong_with_the_normals() -> None:
    found = p_values(normals)
    assert len(found) == 32
    assert {name: p for name, p in found.items() if p < FALSE_ALARM} == {}


def with_a_few_signs_turned(*args: int, **key: int) -> np.ndarray:
    out = normals(*args, **key)
    turn = normals(*args, **{**key, "stream": 200}) > 2.6  # one in 200
    return np.where(turn, np.abs(out), out)


def with_wide_tails(*args: int, **key: int) -> np.ndarray:
    return normals(*args, **key) * 1.005


def of_15_bits(*args: int, **key: int) -> np.ndarray:
    return np.asarray(stats.norm.ppf((np.floor(stats.norm.cdf(normals(*args, **key)) * 2**15) + 0.5) / 2**15))


def with_pairs_of_one_radius(*args: int, **key: int) -> np.ndarray:
    # the sine of a pair taken from the same angle again: values uncorrelated in sign, sizes tied
    out = normals(*args, **key)
    blocks = out.reshape(len(out), -1, 2, 2, 8)
    blocks[:, :, :, 1] = np.copysign(blocks[:, :, :, 0], blocks[:, :, :, 1])
    return out


def keyed_by_the_sum(rows: int, columns: int, trial: int = 0, first_row: int = 0, **key: int) -> np.ndarray:
    return normals(rows, columns, first_row=first_row + trial, **key)


def blind_to_the_high_half(
    rows: int, columns: int, seed: int = 1, first_row: int = 0, **key: int
) -> np.ndarray:
    return normals(rows, columns, seed=seed % 2**32, first_row=first_row % 2**32, **key)


def blind_to_the_stream(rows: int, columns: int, stream: int = 0, **key: int) -> np.ndarray:
    return normals(rows, columns, **key)


def with_one_variance_per_row(rows: int, columns: int, **key: int) -> np.ndarray:
    scale = 1 + 0.02 * np.sign(normals(rows, 1, **{**key, "stream": 200}))
    return normals(rows, columns, **key) * scale


@pytest.mark.parametrize(
    ("mutant", "witness"),
    [
        (with_a_few_signs_turned, "mean"),
        (with_wide_tails, "variance"),
        (of_15_bits, "tail"),
        (with_pairs_of_one_radius, "columns at distance 8, squares"),
        (keyed_by_the_sum, "next trial, previous row"),
        (blind_to_the_high_half, "seed differs in the high half"),
        (blind_to_the_high_half, "far rows"),
        (blind_to_the_stream, "next stream"),
        (with_one_variance_per_row, "spread of the row sums of squares"),
    ],
)
def test_the_checks_have_power(mutant: Draw, witness: str) -> None:
    assert p_values(mutant)[witness] < FALSE_ALARM


def test_uniforms_are_uniform_and_use_both_words() -> None:
    out = np.empty((1000, 1000))
    fill_uniforms(out, 5, 4, Stream.NOISE)
    assert stats.chisquare(np.histogram(out, 4096, (0, 1))[0]).pvalue > FALSE_ALARM
    odd = out * 2**53
    assert np.array_equal(odd % 2, np.ones_like(odd))
    # the low bits come from the second word: without it 2^32 u would be an integer and a half
    assert stats.chisquare(np.histogram((out * 2**32) % 1, 1024, (0, 1))[0]).pvalue > FALSE_ALARM
    assert two_sided(np.mean((out[:, 1:] - 0.5) * (out[:, :-1] - 0.5)) * 12 * 999000**0.5) > FALSE_ALARM


def test_signs_are_fair() -> None:
    out = np.empty((1000, 1000), np.float32)
    random_signs(out, 5, 4, Stream.DATA)
    assert set(np.unique(out)) == {-1.0, 1.0}
    assert two_sided(float(out.mean(dtype=float)) * 1000) > FALSE_ALARM
    assert two_sided(np.mean(out[1:] * out[:-1], dtype=float) * 999000**0.5) > FALSE_ALARM
    assert two_sided(np.mean(out[:, 1:] * out[:, :-1], dtype=float) * 999000**0.5) > FALSE_ALARM
