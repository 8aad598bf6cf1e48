"""The command line `proofs-check`: one command per file, loaded when it is called."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line on `sys.argv`."""
    try:
        from proofs_check.cli.application import INTERRUPTED, application
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    try:
        application()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            # a check may still run in its thread, and the interpreter would wait for what nothing can stop
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise
