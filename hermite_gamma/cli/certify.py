"""`hermite-gamma certify`: bounds with what proves them, as a file that `verify` proves again."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import click

from hermite_gamma.cli.application import LazyGroup

# Add a quantity here: its name and its line in --help; and a file `certify_<name>.py` that defines `command`.
CERTIFICATES: Mapping[str, str] = {
    "gamma": "the NTK limit and the three RF bounds, at one alpha or several",
    "coefficients": "the Hermite coefficients mu_0 .. mu_L",
    "dual": "the dual kernel at a correlation",
}


class Quantities(LazyGroup):
    """The quantities; `certify gelu --alpha 1/4` is short for `certify gamma gelu --alpha 1/4`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        named = args[0] in self.modules or args[0].startswith("-")
        if not named and not get_close_matches(args[0], self.modules):
            args = ["gamma", *args]
        return super().resolve_command(ctx, args)


command = Quantities(
    "certify",
    "hermite_gamma.cli.certify_",
    CERTIFICATES,
    "Exact rational bounds of constants, with the route and the versions that gave them, as a JSON file.\n\n"
    "Without the name of a quantity, gamma is meant.\n\n"
    "`hermite-gamma verify FILE` proves them again by another route.",
)
