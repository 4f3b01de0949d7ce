"""The one place that knows where the machine's files are: `/`, `/proc`, `/sys`, or a captured tree.

Reads are bounded and never wait on a FIFO or device node. Below another root than `/` every symlink is
resolved inside that root (as openat2's RESOLVE_IN_ROOT does), since a captured tree is untrusted.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_LIMIT: Final = 1024 * 1024
MAX_ENTRIES: Final = 4096
_PIECE: Final = 64 * 1024
_MAX_LINKS: Final = 40  # as the kernel's own limit (path_resolution(7))
_ABSENT: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENXIO, errno.ENODEV})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a read gave: `data`, or None with the reason. Absent is not failed."""

    data: bytes | None
    absent: bool = False  # there is no such file
    problem: str = ""  # why it could not be read
    truncated: bool = False  # there was more than the limit

    @property
    def text(self) -> str:
        """The data as text; what is not UTF-8 is replaced. "" where there is no data."""
        return (self.data or b"").decode("utf-8", "replace")


class HostPaths:
    """Reads below one root. Paths are written as on the machine: `/proc/mdstat`."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root
        self.live = os.path.samefile(root, "/") if root.exists() else False  # noqa: PTH121 (two texts)

    def read(self, path: str, limit: int = DEFAULT_LIMIT) -> Reading:
        """At most `limit` bytes of the regular file at `path`; never raises."""
        descriptor = self._opened(path)
        if isinstance(descriptor, Reading):
            return descriptor
        try:
            data = _read_up_to(descriptor, limit + 1)
        except OSError as error:
            return _failed(error)
        finally:
            os.close(descriptor)
        return Reading(data[:limit], truncated=len(data) > limit)

    def lines(self, path: str, limit: int) -> Iterator[str]:
        """The lines of the first `limit` bytes of a large file, one at a time; none where it is absent.

        A line longer than 64 KiB is cut into pieces.
        """
        descriptor = self._opened(path)
        if isinstance(descriptor, Reading):
            return
        with os.fdopen(descriptor, "rb", buffering=_PIECE) as stream:
            while limit > 0:
                try:
                    line = stream.readline(min(limit, _PIECE))
                except OSError:
                    return
                if not line:
                    return
                limit -= len(line)
                yield line.decode("utf-8", "replace").rstrip("\n")

    def line(self, path: str) -> str:
        """The stripped text of a small file such as a sysfs attribute; "" when there is none."""
        return self.read(path, 4096).text.strip("\0 \t\r\n")

    def names(self, path: str, limit: int = MAX_ENTRIES) -> list[str] | None:
        """The sorted names in a folder, at most `limit`; None when it cannot be listed."""
        found: list[str] = []
        try:
            with os.scandir(self._located(path)) as entries:
                for entry in entries:
                    found.append(entry.name)
                    if len(found) >= limit:
                        break
        except (OSError, ValueError):
            return None
        return sorted(found)

    def link(self, path: str) -> str:
        """Where the symlink at `path` points, unresolved; "" when it is none."""
        parent, _, name = path.rpartition("/")
        try:
            return os.readlink(f"{self._located(parent or '/')}/{name}")  # noqa: PTH115 (bounded text, no Path)
        except (OSError, ValueError):
            return ""

    def exists(self, path: str) -> bool:
        """Whether something is at `path`."""
        try:
            os.stat(self._located(path))  # noqa: PTH116 (a string that was resolved below the root)
        except (OSError, ValueError):
            return False
        return True

    def open_to_all(self, path: str) -> bool:
        """Whether everybody on the machine may write to it; False where that cannot be told."""
        try:
            return bool(os.stat(self._located(path)).st_mode & stat.S_IWOTH)  # noqa: PTH116 (as in `exists`)
        except (OSError, ValueError):
            return False

    def _opened(self, path: str) -> int | Reading:
        """A descriptor of the regular file at `path`, or why there is none."""
        try:
            located = self._located(path)
            if not self.live and not stat.S_ISREG(os.stat(located).st_mode):  # noqa: PTH116 (a string)
                return Reading(None, problem="not a regular file")  # opening a device may set it going
            descriptor = os.open(located, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as error:
            return _failed(error)
        except ValueError as error:  # a NUL in the path
            return Reading(None, problem=str(error))
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        return Reading(None, problem="not a regular file")

    def _located(self, path: str) -> str:
        if not path.startswith("/"):
            raise ValueError(f"expected an absolute path, got {path!r}")
        return path if self.live else self._resolved_in_root(path)

    def _resolved_in_root(self, path: str) -> str:
        """The real place of `path`, every link followed as if the root were `/`."""
        waiting = [part for part in path.split("/") if part][::-1]
        done: list[str] = []
        links = 0
        while waiting:
            part = waiting.pop()
            if part == ".":
                continue
            if part == "..":
                del done[-1:]  # `..` of the root is the root
                continue
            try:
                target = os.readlink("/".join([str(self.root), *done, part]))  # noqa: PTH115 (text)
            except OSError:  # not a link, or absent: opening it says which
                done.append(part)
                continue
            links += 1
            if links > _MAX_LINKS:
                raise OSError(errno.ELOOP, "too many symbolic links")
            if target.startswith("/"):
                done = []
            waiting.extend([piece for piece in target.split("/") if piece][::-1])
        return "/".join([str(self.root), *done])


def _failed(error: OSError) -> Reading:
    if error.errno in _ABSENT:
        return Reading(None, absent=True, problem="absent")
    return Reading(None, problem=error.strerror or "unreadable")


def _read_up_to(descriptor: int, limit: int) -> bytes:
    """Up to `limit` bytes: proc and sysfs files give them in pieces and know no size beforehand."""
    pieces: list[bytes] = []
    left = limit
    while left > 0:
        piece = os.read(descriptor, min(left, _PIECE))
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
