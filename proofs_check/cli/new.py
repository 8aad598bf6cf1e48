"""`proofs-check new`: a file with a statement to start from."""

from __future__ import annotations

import os
import shlex
from importlib.resources import files

import click

from hermite_gamma.cli.output import atomic_file
from hermite_gamma.errors import BadInput
from proofs_check.cli.application import PROGRAM


@click.command("new")
@click.argument("path", metavar="FILE.py")
def command(path: str) -> None:
    """Write a statement to start from into FILE.py, which must not exist yet."""
    if not path.endswith(".py"):
        raise BadInput(f"a statement file ends in .py, got {path!r}")
    if os.path.lexists(path):
        raise BadInput(f"{path} exists already")
    text = (files("proofs_check") / "template.py").read_bytes()
    with atomic_file(path) as file:
        file.write(text)
    click.echo(f"wrote {path}; check it with: {PROGRAM} run {shlex.quote(path)}")
