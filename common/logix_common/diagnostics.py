"""What both ends must agree on of a diagnostic bundle: a tar.gz that a device makes for a ticket."""

from __future__ import annotations

from typing import Final

#: What an agent tells in its Hello that can be ordered to collect them.
CAPABILITY: Final = "diagnostics"
#: The most bytes of a bundle as it is sent.
MAX_BUNDLE_BYTES: Final = 8_000_000
#: The most faults that an order names.
MAX_FAULTS: Final = 32
