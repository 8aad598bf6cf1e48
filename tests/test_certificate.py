"""Certificates: made, read, proved again by another route; and every kind of damage told."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import hermite_gamma as hg
from hermite_gamma.balls import bounds
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.certificate.certificate import Certificate, digest
from hermite_gamma.certificate.checking import CANNOT, CONSISTENT, REFUTED, VERIFIED, verify
from hermite_gamma.certificate.families import CHECKS, FAMILIES, others
from hermite_gamma.certificate.making import certify_coefficients, certify_dual, certify_gamma
from hermite_gamma.certificate.reading import MAX_BYTES, read_certificate
from hermite_gamma.cli.application import application
from hermite_gamma.enclosure.routes import ROUTES, Limits, kernel
from hermite_gamma.errors import BadInput, HermiteGammaError
from hermite_gamma.report.schema import VALUE, load_schema
from hermite_gamma.results import proved_digits

REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()
ILLUSTRATED = {key: {p.name: p.illustration for p in e.parameters} for key, e in ACTIVATIONS.items()}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application, list(arguments))


def valid(name: str, content: Any) -> None:
    Draft202012Validator(load_schema(name), registry=REGISTRY).validate(content)


def content_of(certificate: Certificate) -> dict[str, Any]:
    return {"schema": 1, **certificate.to_json()}


def signed(content: dict[str, Any]) -> bytes:
    """The file of a content that somebody changed and signed again."""
    return json.dumps(content | {"sha256": digest(content)}).encode()


def verdicts(certificate: Certificate) -> list[str]:
    return [found.verdict for found in verify(certificate)]


GELU = certify_gamma("gelu", ["1/4"], digits=25)
TANH = certify_gamma("tanh", ["1/2"], digits=20)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_two_routes_agree_on_the_whole_catalogue(name: str) -> None:
    phi = hg.activation(name, **ILLUSTRATED[name])
    made = certify_gamma(phi, ["1/2"], digits=15)
    assert hg.activation(made.formula).expr == phi.expr
    read = read_certificate(json.dumps(content_of(made)).encode())
    assert read == made
    for found in verify(read):
        assert found.verdict == VERIFIED, (found.claim.title, found.reason)
        assert FAMILIES[str(found.route)] != FAMILIES[found.claim.route]


@pytest.mark.parametrize("name", ["relu", "gelu", "elu", "hardswish", "softsign", "silu", "identity", "h4"])
@pytest.mark.parametrize("derivative", [False, True])
def test_coefficients_and_dual_kernels_are_proved_again(name: str, derivative: bool) -> None:
    for made in (
        certify_coefficients(name, 4, digits=12, derivative=derivative),
        certify_dual(name, "-1/3", digits=12, derivative=derivative),
    ):
        assert set(verdicts(made)) == {VERIFIED}


@pytest.mark.parametrize("rho", ["-1", "0", "1"])
def test_dual_kernels_at_the_ends(rho: str) -> None:
    for name in ("elu", "tanh", "relu(x - 1/3)"):
        assert verdicts(certify_dual(name, rho, digits=15)) == [VERIFIED], name


def test_the_route_parameters_give_the_same_bounds_again() -> None:
    claim = TANH.claims[0]
    given = dict(claim.parameters)
    route = next(route for route in ROUTES if route.name == claim.route)
    alpha = Fraction(str(given["correlation"]))
    nats, k = float(given["accuracy_nats"]), int(given["removed_levels"])
    tail = route.tail(hg.activation("tanh").pieces.derivative, k, alpha, nats)
    (n0, n1), (s0, s1) = bounds(tail.numerator), bounds(tail.total)
    assert claim.lower <= alpha * n0 / s1 <= alpha * n1 / s0 <= claim.upper


def test_exact_values_are_certified_as_wide_as_their_digits() -> None:
    claim = certify_gamma("relu", ["1/2"], digits=20).claims[0]
    assert claim.lower < Fraction(1, 6) < claim.upper
    assert claim.upper - claim.lower <= claim.upper / 10**20
    zero = certify_coefficients("tanh", 0, digits=20).claims[0]
    assert (zero.lower, zero.upper) == (Fraction(-1, 2 * 10**40), Fraction(1, 2 * 10**40))


# --- mutants: signed again, so that only the mathematics can tell ---


def shifted(share: Fraction) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        claim = content["claims"][0]
        low, high = Fraction(claim["lower"]), Fraction(claim["upper"])
        step = (high - low) * share
        claim["lower"], claim["upper"] = str(low + step), str(high + step)

    return change


@pytest.mark.parametrize("made", [GELU, TANH], ids=["gelu", "tanh"])
@pytest.mark.parametrize("share", [-100, -2, Fraction(-1, 2), Fraction(1, 2), 2, 100], ids=str)
def test_shifted_bounds_are_verified_only_where_they_are_still_true(
    made: Certificate, share: Fraction
) -> None:
    content = content_of(made)
    shifted(Fraction(share))(content)
    claim = content["claims"][0]
    truth = hg.gamma_ntk(made.activation, made.claims[0].alpha, digits=made.digits + 20)
    low, high = Fraction(claim["lower"]), Fraction(claim["upper"])
    claim["decimal"] = proved_digits(low, high, made.digits)
    found = next(iter(verify(read_certificate(signed(content)))))
    inside = low <= truth.lower and truth.upper <= high
    assert found.verdict == (VERIFIED if inside else REFUTED)
    assert inside or abs(share) >= Fraction(1, 2)


def test_a_wrong_last_digit_is_refuted() -> None:
    for made in (GELU, TANH):
        for i, claim in enumerate(made.claims):
            decimal = claim.to_json(made.digits)["decimal"]
            unit = Fraction(1, 10 ** len(decimal.partition(".")[2]))
            for sign in (1, -1):
                content = content_of(made)
                item = content["claims"][i]
                low = Fraction(decimal) + sign * unit
                item["lower"], item["upper"] = f"{low}", f"{low + unit / 100}"
                content["claims"] = [item]
                item["decimal"] = proved_digits(low, low + unit / 100, made.digits)
                assert verdicts(read_certificate(signed(content))) == [REFUTED]


def changed(key: str, value: Any, where: str = "claims") -> bytes:
    content = content_of(GELU)
    (content["claims"][0] if where == "claims" else content)[key] = value
    return signed(content)


def test_another_alpha_quantity_or_function_is_refuted() -> None:
    assert verdicts(read_certificate(changed("alpha", "1/3")))[0] == REFUTED
    assert verdicts(read_certificate(changed("quantity", "rf_upper_bound")))[0] == REFUTED
    content = content_of(GELU) | {"activation": "silu", "formula": "x/(1 + exp(-x))"}
    assert set(verdicts(read_certificate(signed(content)))) == {REFUTED}
    content = content_of(GELU) | {"activation": "identity", "formula": "x"}
    assert set(verdicts(read_certificate(signed(content)))) == {REFUTED}


def test_an_unknown_route_is_refused() -> None:
    """A check "without the route that is named" would mean nothing."""
    route = content_of(GELU)["claims"][0]["route"]
    for name in ("magic", "strip serie"):
        with pytest.raises(BadInput, match=f"unknown route '{name}'.*allowed: closed form"):
            read_certificate(changed("route", route | {"name": name}))


def test_a_name_that_means_another_function_here_is_told() -> None:
    with pytest.raises(BadInput, match="stands for"):
        verdicts(read_certificate(changed("activation", "relu", "top")))


def test_bounds_as_wide_as_nothing_or_too_wide_are_refused() -> None:
    claim = GELU.claims[0]
    wide = str(claim.upper + claim.width_allowed(25))
    with pytest.raises(BadInput, match="too far apart"):
        read_certificate(changed("upper", wide))
    with pytest.raises(BadInput, match="less than upper"):
        read_certificate(changed("upper", f"{claim.lower.numerator}/{claim.lower.denominator}"))


def test_no_route_in_the_time_is_said() -> None:
    # a millisecond allows some route a few digits, or none
    found = list(verify(TANH, max_seconds=1e-6))
    assert {v.verdict for v in found} <= {CANNOT, CONSISTENT}
    assert all(v.reason for v in found)


def test_a_check_with_few_bits_is_consistent_and_no_more() -> None:
    found = list(verify(certify_gamma("tanh", ["1/4"], digits=30), max_bits=80))
    assert {v.verdict for v in found} == {CONSISTENT}
    for v in found:
        assert v.lower is not None
        assert v.upper is not None
        assert v.lower < v.claim.upper
        assert v.claim.lower < v.upper


# --- files ---

DAMAGED: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("no JSON", b"hello"),
    ("cut off", json.dumps(content_of(GELU)).encode()[:700]),
    ("no object", b"[1, 2]"),
    ("no text", b"\xff\xfe\x00"),
    ("another object", b'{"schema": 1, "activation": "gelu"}'),
    ("nan", b'{"schema": NaN}'),
    ("a float", b'{"schema": 1.0}'),
    ("long number", b'{"schema": 1' + b"0" * 5000 + b"}"),
    ("deep", b"[" * 100_000),
    ("twice", b'{"schema": 1, "schema": 1}'),
    ("huge", b" " * (MAX_BYTES + 1)),
    ("schema 2", changed("schema", 2, "top")),
    ("schema true", changed("schema", True, "top")),
    ("unsigned", json.dumps(content_of(GELU) | {"digits": 24}).encode()),
    ("digits", changed("digits", 0, "top")),
    ("digits text", changed("digits", "25", "top")),
    ("no claims", changed("claims", [], "top")),
    ("claim no object", changed("claims", [1], "top")),
    ("field", changed("more", 1, "top")),
    ("claim field", changed("more", 1)),
    ("unknown quantity", changed("quantity", "gamma")),
    ("alpha 1", changed("alpha", "1/1")),
    ("alpha float", changed("alpha", "0.25")),
    ("no alpha", changed("alpha", None)),
    ("rho", changed("rho", "1/2")),
    ("derivative", changed("derivative", True)),
    ("decimal", changed("decimal", "0.5")),
    ("lower", changed("lower", "1/0")),
    ("lower long", changed("lower", "1" * 30_000 + "/3")),
    ("lower digits", changed("lower", "\u0661/3")),
    ("route", changed("route", "closed form")),
    ("parameters", changed("route", {"name": "a", "proof": "b", "parameters": {"a": [1]}})),
    ("formula", changed("formula", "__import__('os')", "top")),
    ("formula empty", changed("formula", "", "top")),
    ("activation", changed("activation", "geluu", "top")),
    ("versions", changed("versions", [], "top")),
]


@pytest.mark.parametrize("data", [data for _, data in DAMAGED], ids=[name for name, _ in DAMAGED])
def test_what_is_no_certificate_is_one_line_and_status_2(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(data)
    done = run("verify", str(path))
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr


def test_every_changed_character_is_told(tmp_path: Path) -> None:
    text = json.dumps(content_of(GELU))
    for i in range(0, len(text), 97):
        other = text[:i] + ("7" if text[i] != "7" else "8") + text[i + 1 :]
        with pytest.raises(BadInput):
            read_certificate(other.encode())


@pytest.mark.parametrize("path", ["missing.json", "."])
def test_a_file_that_cannot_be_read(path: str, tmp_path: Path) -> None:
    done = run("verify", str(tmp_path / path))
    assert done.exit_code == 2
    assert done.stderr.startswith("hermite-gamma: cannot read")


@pytest.mark.parametrize(
    "arguments",
    [
        ("gamma", "gelu", "--alpha", "1/4", "--alpha", "3/4", "--digits", "50"),
        ("gamma", "leaky_relu", "-p", "negative_slope=1/5", "--alpha", "0.3"),
        ("gamma", "sign", "--alpha", "1/2"),
        ("coefficients", "x*atan(x)", "--up-to", "5"),
        ("dual", "max(x, 1/3)", "--rho", "-0.7", "--derivative"),
    ],
    ids=" ".join,
)
def test_from_the_command_line_and_back(arguments: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    done = run("certify", *arguments, "-o", str(path))
    assert (done.exit_code, done.output) == (0, "")
    valid("certificate", json.loads(path.read_text()))
    done = run("verify", str(path))
    assert done.exit_code == 0, done.output
    content = json.loads(run("verify", str(path), "--json").stdout)
    valid("verify", content)
    assert {v["verdict"] for v in content["files"][0]["verdicts"]} == {VERIFIED}


def test_gamma_is_certified_where_no_quantity_is_named(tmp_path: Path) -> None:
    long, short = tmp_path / "long.json", tmp_path / "short.json"
    for path, words in ((long, ["gamma", "relu"]), (short, ["relu"])):
        assert run("certify", *words, "--alpha", "1/3", "-o", str(path)).exit_code == 0
    assert long.read_bytes() == short.read_bytes()
    done = run("certify", "gama", "relu", "--alpha", "1/3", "-o", str(long))
    assert done.exit_code == 2
    assert "did you mean gamma" in done.output


def test_a_refuted_file_gives_status_1_and_the_reason(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(content_of(GELU)))
    bad.write_bytes(changed("alpha", "1/3"))
    done = run("verify", str(good), str(bad))
    assert done.exit_code == 1
    assert "REFUTED" in done.stdout
    assert "outside the certified bounds" in done.stdout
    valid("verify", json.loads(run("verify", str(good), str(bad), "--json").stdout))


def test_the_schemas_refuse_other_objects() -> None:
    content = content_of(GELU)
    valid("certificate", content)
    for key in content:
        wrong = copy.deepcopy(content)
        del wrong[key]
        assert not Draft202012Validator(load_schema("certificate"), registry=REGISTRY).is_valid(wrong), key


def test_what_is_undefined_is_not_certified() -> None:
    assert [c.quantity for c in certify_gamma("identity", ["1/2"]).claims] == [
        "rf_paper_lower_bound",
        "rf_upper_bound",
    ]
    with pytest.raises(HermiteGammaError, match="square-integrable"):
        certify_gamma("exp(x**2)", ["1/2"])


# --- the two routes that are there for checks only ---


def test_every_route_has_a_family() -> None:
    assert {route.name for route in CHECKS} == set(FAMILIES)
    for route in ROUTES:
        assert route.name not in {other.name for other in others(route.name)}


@pytest.mark.parametrize("route", CHECKS[-2:], ids=lambda route: route.name)
@pytest.mark.parametrize("name", ["relu(x - 1/3)", "erf", "abs(x) + x**2"])
@pytest.mark.parametrize("rho", [Fraction(1, 2), Fraction(-2, 3), Fraction(0)], ids=str)
def test_the_slow_routes_enclose_what_the_others_do(route: Any, name: str, rho: Fraction) -> None:
    phi = hg.activation(name)
    tail = kernel(phi.pieces, rho, 20, Limits(routes=(route,))).tail
    low, high = bounds(tail.numerator)
    value = hg.dual_kernel(phi, rho, digits=30)
    assert low <= value.lower
    assert value.upper <= high
    assert high - low <= max(abs(high), Fraction(1, 10**20)) / 10**19
    wrong = hg.dual_kernel(phi, rho + Fraction(1, 100), digits=30)
    assert wrong.upper < low or high < wrong.lower
