"""The text of a certificate file -> Certificate, every field checked; whatever is wrong is one BadInput."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NoReturn

from hermite_gamma.certificate.certificate import (
    COEFFICIENT,
    DUAL,
    GAMMAS,
    SCHEMA,
    Certificate,
    Claim,
    digest,
)
from hermite_gamma.certificate.families import FAMILIES
from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.results import proved_digits

MAX_BYTES = 8_000_000
MAX_CLAIMS = 20_000
MAX_DIGITS = 1000
MAX_LEVEL = 10_000
MAX_RATIO = 20_000
MAX_TEXT = 20_000
MAX_DEPTH = 8

_RATIO = re.compile(r"-?[0-9]+/[1-9][0-9]*", re.ASCII)
_FIELDS = {"schema", "activation", "formula", "digits", "claims", "versions", "sha256"}
_CLAIM_FIELDS = {
    "quantity",
    "alpha",
    "rho",
    "l",
    "derivative",
    "lower",
    "upper",
    "decimal",
    "route",
}


def read_certificate(data: bytes) -> Certificate:
    """Return the certificate that a file holds.

    Args:
        data: the whole file, at most MAX_BYTES bytes.

    Raises:
        BadInput: it is no certificate of this schema, it was changed after it was written, or what it says
            does not fit together (bounds wider than the digits, digits that are not those of the bounds).

    >>> read_certificate(b"{}")
    Traceback (most recent call last):
    hermite_gamma.errors.BadInput: "schema" is missing: this is no certificate
    """
    content = _parsed(data)
    if "schema" not in content:
        raise BadInput('"schema" is missing: this is no certificate')
    if content["schema"] != SCHEMA or isinstance(content["schema"], bool):
        raise BadInput(f'"schema" is {_shown(content["schema"])}; this version reads {SCHEMA}')
    _fields(content, _FIELDS, "the certificate")
    if _text(content["sha256"], "sha256") != digest(content):
        raise BadInput("the file was changed after it was written: its sha256 does not fit")
    digits = _whole(content["digits"], "digits", 1, MAX_DIGITS)
    if not isinstance(content["claims"], list) or not 1 <= len(content["claims"]) <= MAX_CLAIMS:
        raise BadInput(f'"claims" must be a list of 1 to {MAX_CLAIMS} objects')
    return Certificate(
        _text(content["activation"], "activation"),
        _text(content["formula"], "formula"),
        digits,
        tuple(_claim(item, f"claim {i + 1}", digits) for i, item in enumerate(content["claims"])),
        _versions(content["versions"]),
    )


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise BadInput(f"the file has more than {MAX_BYTES} bytes: this is no certificate")
    # json recurses; brackets inside strings are counted too, which no certificate has deep enough to matter
    depth = deepest = 0
    for byte in data:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise BadInput("the file is nested too deep: this is no certificate")
    try:
        content = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_not_a_number,
            parse_int=_integer,
            parse_float=_not_a_number,
        )
    except UnicodeDecodeError:
        raise BadInput("the file is no UTF-8 text: this is no certificate") from None
    except json.JSONDecodeError as error:
        raise BadInput(
            f"the file is no JSON ({error.msg}, line {error.lineno}): cut off or damaged"
        ) from None
    if not isinstance(content, dict):
        raise BadInput("the file holds no JSON object: this is no certificate")
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise BadInput("a key is given twice in one object: this is no certificate")
    return content


def _integer(text: str) -> int:
    if len(text) > 12:
        raise BadInput("a whole number of more than 12 digits: this is no certificate")
    return int(text)


def _not_a_number(text: str) -> NoReturn:
    raise BadInput(f"{text[:20]} is no exact number: this is no certificate")


def _claim(item: Any, where: str, digits: int) -> Claim:
    if not isinstance(item, dict):
        raise BadInput(f"{where} is no object")
    _fields(item, _CLAIM_FIELDS, where)
    quantity = item["quantity"]
    if quantity not in (*GAMMAS, DUAL, COEFFICIENT):
        raise BadInput(f"{where}: unknown quantity {_shown(quantity)}")
    alpha = _argument(item, "alpha", quantity in GAMMAS, _fraction, where)
    rho = _argument(item, "rho", quantity == DUAL, _fraction, where)
    level = _argument(item, "l", quantity == COEFFICIENT, _level, where)
    if alpha is not None and not 0 < alpha < 1:
        raise BadInput(f"{where}: alpha must lie strictly between 0 and 1")
    if rho is not None and not -1 <= rho <= 1:
        raise BadInput(f"{where}: rho must lie between -1 and 1")
    derivative = item["derivative"]
    if not isinstance(derivative, bool) or (derivative and quantity in GAMMAS):
        raise BadInput(f'{where}: "derivative" must be true or false, and false for a gamma')
    lower, upper = _fraction(item["lower"], f"{where}: lower"), _fraction(item["upper"], f"{where}: upper")
    if not lower < upper:
        raise BadInput(f"{where}: lower must be less than upper")
    route, proof, parameters = _route(item["route"], where)
    claim = Claim(quantity, alpha, rho, level, derivative, lower, upper, route, proof, parameters)
    if upper - lower > claim.width_allowed(digits):
        raise BadInput(f"{where}: the bounds are too far apart for {digits} digits")
    if item["decimal"] != proved_digits(lower, upper, digits):
        raise BadInput(f'{where}: "decimal" has not the digits that the bounds prove')
    return claim


def _argument(
    item: Mapping[str, Any], key: str, wanted: bool, read: Callable[[Any, str], Any], where: str
) -> Any:
    if (item[key] is not None) != wanted:
        raise BadInput(f'{where}: "{key}" {"is missing" if wanted else "does not belong to its quantity"}')
    return read(item[key], f"{where}: {key}") if wanted else None


def _route(item: Any, where: str) -> tuple[str, str, tuple[tuple[str, str | int], ...]]:
    if not isinstance(item, dict):
        raise BadInput(f'{where}: "route" is no object')
    _fields(item, {"name", "proof", "parameters"}, f"{where}: the route")
    parameters = item["parameters"]
    if not isinstance(parameters, dict) or not all(
        isinstance(value, str | int) and not isinstance(value, bool) for value in parameters.values()
    ):
        raise BadInput(f"{where}: the parameters of the route must be texts or whole numbers")
    name, proof = _text(item["name"], f"{where}: route"), _text(item["proof"], f"{where}: proof")
    if name not in FAMILIES:
        # A check without the route that is named would mean nothing.
        raise BadInput(f"{where}: {UnknownName('route', name, FAMILIES)} (allowed: {', '.join(FAMILIES)})")
    return name, proof, tuple(parameters.items())


def _versions(item: Any) -> dict[str, str | None]:
    if not isinstance(item, dict) or not all(isinstance(value, str | None) for value in item.values()):
        raise BadInput('"versions" must map packages to versions')
    return item


def _fields(item: Mapping[str, Any], wanted: set[str], where: str) -> None:
    missing, unknown = sorted(wanted - set(item)), sorted(set(item) - wanted)
    if missing:
        raise BadInput(f'{where} has no "{missing[0]}"')
    if unknown:
        raise BadInput(f"{where} has an unknown field {_shown(unknown[0])}")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise BadInput(f"{what} must be a text of 1 to {MAX_TEXT} characters")
    return value


def _whole(value: Any, what: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadInput(f"{what} must be a whole number from {low} to {high}")
    return value


def _level(value: Any, what: str) -> int:
    return _whole(value, what, 0, MAX_LEVEL)


def _fraction(value: Any, what: str) -> Fraction:
    if not isinstance(value, str) or len(value) > MAX_RATIO or not _RATIO.fullmatch(value):
        raise BadInput(f"{what} must be p/q with whole p and q > 0, of at most {MAX_RATIO} characters")
    return Fraction(value)


def _shown(value: Any) -> str:
    return repr(value)[:40]
