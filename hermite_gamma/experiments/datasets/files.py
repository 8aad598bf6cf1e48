"""Files of a data folder: found, read, unpacked and checked, each failure in one line."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.options import DATA_VARIABLE

# the largest file of these data sets has 47 MB; a gzip file of 200 kB can unpack to more than this
MOST_BYTES = 256 * 2**20


@dataclass
class Files:
    """The files of one data set, and their digests as they are read.

    Args:
        title: what a message calls the data set.
        home: where it is to be had, in words.
        folder: the data folder; None takes the environment variable HERMITE_GAMMA_DATA.
        places: where in it the files may lie, the usual place first.
        expected: their names, for a message.
        known: file -> SHA-256 of its content, written down from files that were used.
        digests: file -> SHA-256, filled by `read`.
    """

    title: str
    home: str
    folder: Path | None
    places: Sequence[str]
    expected: Sequence[str]
    known: Mapping[str, str]
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def how(self) -> str:
        """How to get the files, to end a message with."""
        if not self.expected:
            return f"get {self.title} from {self.home}"
        return (
            f"get {self.title} from {self.home} and put {', '.join(self.expected)} into the folder "
            f"{self.places[0]} of the data folder (--data-dir DIR or the variable {DATA_VARIABLE})"
        )

    @property
    def unverified(self) -> tuple[str, ...]:
        return tuple(name for name in self.digests if name not in self.known)

    def find(self, *names: str) -> Path | None:
        """Return the first of these files that is there.

        Raises:
            BadInput: there is no data folder.
        """
        for place in self.places:
            for name in names:
                path = self._root() / place / name
                if path.is_file():
                    return path
        return None

    def need(self, *names: str) -> Path:
        """Return the first of these files that is there.

        Raises:
            BadInput: none is.
        """
        found = self.find(*names)
        if found is None:
            raise BadInput(f"{names[0]} is not in {self._root() / self.places[0]}: {self.how}")
        return found

    def read(self, path: Path) -> bytes:
        """Return the content of a file, unpacked if it is gzipped.

        Raises:
            BadInput: it cannot be read or unpacked.
        """
        try:
            if path.stat().st_size > MOST_BYTES:
                raise self.bad(path, "is far too large")
            packed = path.read_bytes()
        except OSError as error:
            raise self.bad(path, f"cannot be read ({error.strerror or error})") from None
        if path.suffix != ".gz":
            return packed
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
                content = stream.read(MOST_BYTES + 1)
        except EOFError:
            raise self.bad(path, "is truncated: the gzip stream ends too early") from None
        except (OSError, zlib.error) as error:
            raise self.bad(path, f"is no sound gzip file ({error})") from None
        if len(content) > MOST_BYTES:
            raise self.bad(path, "is far too large")
        return content

    def verify(self, path: Path, content: bytes) -> None:
        """Compare the SHA-256 of a content that makes sense with the known one, and keep it.

        Raises:
            BadInput: they differ.
        """
        name, found = path.name.removesuffix(".gz"), hashlib.sha256(content).hexdigest()
        if name in self.known and found != self.known[name]:
            raise self.bad(
                path,
                f"is not the file that is meant: SHA-256 of its content {found[:16]}..., "
                f"expected {self.known[name][:16]}...",
            )
        self.digests[name] = found

    def bad(self, path: Path, what: str) -> BadInput:
        """Return the error for a file: which, what is wrong, how to get it."""
        return BadInput(f"{path} {what}: {self.how}")

    def _root(self) -> Path:
        named = self.folder or os.environ.get(DATA_VARIABLE)
        if not named:
            raise BadInput(f"no data folder: {self.how}")
        root = Path(named)
        if not root.is_dir():
            raise BadInput(f"the data folder {root} is not there: {self.how}")
        return root
