"""Which memory module, by serial and part number, sits where EDAC counts: by the label that both give. Pure.

The firmware's tables (SMBIOS type 17) name sockets as the board prints them; EDAC's labels are the same where
the firmware or an administrator gave them (ghes_edac, `ras-mc-ctl --register-labels`), and the driver's own
numbers elsewhere. Only what leaves no doubt counts: one socket of that name, one place of that label; or one
module in all.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from logix_agent.probes.memory_readings import MemoryCounters
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import FirmwareReading

NOBODY: Final = ("", "")
_SIGNS: Final = re.compile(r"[^a-z0-9]+")
Fitted = tuple[str, str]  # serial, part number


def noted(reading: FirmwareReading | CannotTell, notes: Mapping[str, str]) -> Mapping[str, str]:
    """What to keep of the modules that are fitted, by the handle of their table."""
    if isinstance(reading, CannotTell):
        return notes
    return {
        module.handle: json.dumps([module.locator, module.bank, module.serial, module.model])
        for module in reading.modules
    }


def by_place(counters: Iterable[MemoryCounters], notes: Mapping[str, str]) -> dict[str, Fitted]:
    """Place in memory -> the module that sits there, where that is certain."""
    places = [each for each in counters if each.module]
    fitted = [told for note in notes.values() if (told := _decoded(note))]
    if len(places) == len(fitted) == 1:
        return {places[0].place: fitted[0][2:]}
    names: dict[str, set[Fitted]] = {}
    for locator, bank, serial, model in fitted:
        for name in {_plain(locator), _plain(bank + locator)}:
            names.setdefault(name, set()).add((serial, model))
    labels = Counter(_plain(each.label) for each in places)
    found = {}
    for each in places:
        label = _plain(each.label)
        known = names.get(label, set())
        if label and labels[label] == 1 and len(known) == 1:
            found[each.place] = next(iter(known))
    return found


def _plain(name: str) -> str:
    """ "DIMM_A1", "DIMM A1" and "dimm-a1" are one name."""
    return _SIGNS.sub("", name.lower())


def _decoded(note: str) -> tuple[str, str, str, str] | None:
    try:
        locator, bank, serial, model = json.loads(note)
    except (ValueError, TypeError, RecursionError):
        return None
    if not all(isinstance(text, str) for text in (locator, bank, serial, model)):
        return None
    return locator, bank, serial, model
