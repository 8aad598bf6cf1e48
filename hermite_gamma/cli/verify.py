"""`hermite-gamma verify`: certificates read back, and every bound proved again by another route."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hermite_gamma.cli import options
from hermite_gamma.cli.application import NOTHING_DEFINED
from hermite_gamma.cli.constants import Limits
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.show import show
from hermite_gamma.errors import BadInput
from hermite_gamma.report import json
from hermite_gamma.report.table import Column, Note, Table, Text

if TYPE_CHECKING:
    from hermite_gamma.certificate.certificate import Certificate
    from hermite_gamma.certificate.checking import Verdict

_COLUMNS = (
    Column("verdict", "verdict"),
    Column("quantity", "quantity"),
    Column("certified_by", "certified by"),
    Column("checked_by", "checked by"),
)


@click.command("verify")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.max_seconds_option
@options.max_bits_option
@options.json_option
@options.output_option
def command(
    *,
    files: tuple[str, ...],
    max_seconds: float | None,
    max_bits: int | None,
    as_json: bool,
    output: str | None,
) -> int:
    """Prove the bounds of each certificate FILE again, by another route than the one that it names.

    VERIFIED: the new enclosure lies inside the certified bounds. CONSISTENT: they overlap, and no route got
    narrow enough. REFUTED: they are disjoint. CANNOT: no other route applies.

    Exit status 0 if all are VERIFIED, 1 if not, 2 if a FILE is no certificate or was changed.
    """
    from hermite_gamma.certificate.checking import VERIFIED, verify

    certificates = [_read(path) for path in files]  # all of them, before the first one is checked
    given = Limits(max_seconds, max_bits).given
    with text_output(output) as write:
        found = []
        for path, certificate in zip(files, certificates, strict=True):
            try:
                found.append(list(verify(certificate, **given)))
            except BadInput as error:
                raise BadInput(f"{path}: {error}") from error
        pairs = list(zip(files, certificates, found, strict=True))
        if as_json:
            write(json.dump({"files": [_json(*pair) for pair in pairs]}))
        else:
            for i, pair in enumerate(pairs):
                if i:
                    write("\n")
                show(_table(*pair), write, output)
    good = all(verdict.verdict == VERIFIED for verdicts in found for verdict in verdicts)
    return 0 if good else NOTHING_DEFINED


def _read(path: str) -> Certificate:
    from hermite_gamma.certificate.reading import MAX_BYTES, read_certificate

    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"cannot read {path!r}: {reason}") from error
    try:
        return read_certificate(data)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _json(path: str, certificate: Certificate, verdicts: Sequence[Verdict]) -> dict[str, object]:
    return {
        "file": path,
        "activation": certificate.activation,
        "formula": certificate.formula,
        "digits": certificate.digits,
        "verdicts": [verdict.to_json() for verdict in verdicts],
    }


def _table(path: str, certificate: Certificate, verdicts: Sequence[Verdict]) -> Table:
    rows = tuple(
        (Text(v.verdict), Text(v.claim.title), Text(v.claim.route), Text(v.route or "-")) for v in verdicts
    )
    remarks = dict.fromkeys(v.reason for v in verdicts if v.verdict != "VERIFIED")
    title = f"{path}: {certificate.activation}, {certificate.digits} digits"
    return Table(title, _COLUMNS, rows, notes=tuple(Note(remark) for remark in remarks))
