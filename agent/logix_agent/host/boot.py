"""Which boot of the machine this is: the boot clock counts from it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

#: Counted by the kernel that runs us, whatever machine the sysroot shows.
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_BOOT_ID_LENGTH: Final = 36


def boot_id() -> str:
    """The kernel's id of this boot (random(4)); a random one where it cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        told = _BOOT_ID.read_text(encoding="ascii").strip()
        if len(told) == _BOOT_ID_LENGTH:
            return told
    drawn = os.urandom(16).hex()
    return "-".join((drawn[:8], drawn[8:12], drawn[12:16], drawn[16:20], drawn[20:]))
