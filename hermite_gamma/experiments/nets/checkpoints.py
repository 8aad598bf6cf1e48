"""A training on disk: written whole or not at all, recognised by its settings, read without pickled code."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.nets.backend import require_torch
from hermite_gamma.experiments.store import write_whole

KIND = "hermite-gamma training 1"


@dataclass(frozen=True)
class Checkpoint:
    """The file of one training.

    The first line is JSON with the digest of the settings, the version of torch and the digest of the rest;
    the rest is what `torch.save` writes for tensors and numbers.

    Args:
        path: of the file.
        settings: everything that the training depends on, as JSON values.
    """

    path: Path
    settings: Mapping[str, Any]

    def write(self, state: Mapping[str, Any]) -> None:
        """Write tensors and numbers; the file is there whole or not at all.

        Raises:
            BadInput: it cannot be written.
        """
        stream = io.BytesIO()
        require_torch().save(dict(state), stream)
        content = stream.getvalue()
        head = json.dumps({**self._head(), "content": hashlib.sha256(content).hexdigest()})
        write_whole(self.path, head.encode() + b"\n" + content)

    def read(self) -> dict[str, Any] | None:
        """Return what was written; None, with a warning, where it is damaged or of another torch.

        Raises:
            BadInput: the file cannot be read, or belongs to a training with other settings, which is kept.
        """
        try:
            head_line, _, content = self.path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BadInput(f"cannot read {str(self.path)!r}: {error.strerror}") from error
        head = _decoded(head_line)
        if head.get("kind") != KIND or head.get("content") != hashlib.sha256(content).hexdigest():
            self._warn("is damaged")
            return None
        if head.get("settings") != self._head()["settings"]:
            raise BadInput(
                f"the checkpoint {str(self.path)!r} is of another training (network, data, seed or other "
                "settings differ); remove it or name another file"
            )
        if head.get("torch") != self._head()["torch"]:
            self._warn(f"was written by torch {head.get('torch')}")
            return None
        state: dict[str, Any] = require_torch().load(io.BytesIO(content), weights_only=True)
        return state

    def _warn(self, why: str) -> None:
        warnings.warn(
            f"the checkpoint {str(self.path)!r} {why}; the training starts anew", RuntimeWarning, stacklevel=5
        )

    def _head(self) -> dict[str, str]:
        text = json.dumps(self.settings, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return {"kind": KIND, "settings": digest, "torch": str(require_torch().__version__)}


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
