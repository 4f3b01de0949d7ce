"""Which devices may be pulled out of a running machine at any time: what hangs on USB, or says so itself.

/sys/block/DEV/removable: Documentation/ABI/stable/sysfs-block; the place of a device on its bus is in the
link under /sys/block and /sys/class/net (Documentation/admin-guide/sysfs-rules.rst).
"""

from __future__ import annotations

import re
from typing import Final

from logix_agent.host.paths import HostPaths

MAX_DEVICES: Final = 512
_ON_USB: Final = re.compile(r"/(usb[0-9]+|firewire[0-9]+)/")


def read(paths: HostPaths) -> frozenset[str]:
    """Kernel names of block devices and network ports; empty where the machine does not tell."""
    found = set()
    for folder in ("/sys/block", "/sys/class/net"):
        for name in paths.names(folder, MAX_DEVICES) or ():
            place = f"{folder}/{name}"
            links = paths.link(place) + "/" + paths.link(f"{place}/device") + "/"
            if _ON_USB.search(links) or paths.line(f"{place}/removable") == "1":
                found.add(name)
    return frozenset(found)
