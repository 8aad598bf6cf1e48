"""The command line `hermite-gamma`: one command per file, loaded when it is called."""

from __future__ import annotations


def main() -> None:
    """Run the command line on `sys.argv`."""
    try:
        from hermite_gamma.cli.application import application
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    application()
