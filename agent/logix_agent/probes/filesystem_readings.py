"""What probes read of errors that file systems count themselves, as plain facts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FilesystemErrors:
    """Errors that one file system has counted since it was made or repaired.

    `place`: where it is mounted, else its device. `errors`: what they are -> how many.
    `missing`: devices of a file system on several that are not there. `line`: the first and the last error.
    """

    place: str
    device: str
    kind: str
    errors: tuple[tuple[str, int], ...]
    source: str
    line: str = ""
    missing: int = 0


@dataclass(frozen=True, slots=True)
class FilesystemErrorReading:
    """All file systems that count their errors."""

    filesystems: tuple[FilesystemErrors, ...]
