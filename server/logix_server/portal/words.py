"""What the tables of codes are called: states, levels, roles, kinds; and spans of time in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from logix_server.portal.time_left import Pressure, TimeLeft

STATES: Final = {
    "new": N_("new"),
    "open": N_("in progress"),
    "waiting": N_("waiting for the customer"),
    "workaround": N_("workaround in place"),
    "solved": N_("solved"),
    "closed": N_("closed"),
}
LEVELS: Final = {1: N_("1 (critical)"), 2: N_("2 (medium)"), 3: N_("3 (low)")}
ORIGINS: Final = {
    "device": N_("by the device"),
    "mail": N_("by e-mail"),
    "web": N_("on the portal"),
    "phone": N_("by phone"),
}
UNIT_STATES: Final = {
    "active": N_("in service"),
    "registered": N_("registered"),
    "conflict": N_("identity conflict"),
    "revoked": N_("revoked"),
    "decommissioned": N_("decommissioned"),
}
COMPONENTS: Final = {
    "disk": N_("disk"),
    "storage-wear": N_("storage wear"),
    "raid": N_("RAID array"),
    "memory": N_("memory"),
    "cpu": N_("processor"),
    "temperature": N_("temperature"),
    "fan": N_("fan"),
    "voltage": N_("voltage"),
    "psu": N_("power supply"),
    "nic": N_("network card"),
    "filesystem": N_("file system"),
    "system": N_("system"),
}
CERTIFICATE_STATES: Final = {
    "issued": N_("issued, never used"),
    "active": N_("in use"),
    "superseded": N_("superseded"),
    "revoked": N_("revoked"),
}
PACES: Final = {
    "running": N_("the clock runs"),
    "waiting for the customer": N_("waiting for the customer"),
    "suspended": N_("suspended"),
    "solved": N_("solved"),
}
IDENTITY: Final = {"slot": N_("Slot"), "serial": N_("Serial"), "model": N_("Model")}
#: Product names, the same in every language.
PACKAGES: Final = {"temel": "Temel", "standart": "Standart", "profesyonel": "Profesyonel"}


def called(table: Mapping[Any, str], code: Any) -> str:
    """What `code` is called in the language of the request; a code without a name is shown as it is."""
    return gettext(table[code]) if code in table else str(code)


def package(code: str) -> str:
    """The package as it is sold; "none" where none runs."""
    return PACKAGES.get(code, code) if code else _("no package")


def standing(state: str, connected: bool, silent: bool) -> str:
    """How a device stands, in one word."""
    if state != "active":
        return called(UNIT_STATES, state)
    if silent:
        return _("silent")
    return _("connected") if connected else _("not connected")


def silent() -> str:
    """What a device is that has not been heard for too long."""
    return _("silent")


def tabs() -> dict[str, str]:
    """The tabs of the queue."""
    return {"mine": _("Mine"), "unassigned": _("Unassigned"), "all": _("All")}


def open_or_ended() -> list[tuple[str, str]]:
    """The choices of states that name more than one."""
    return [("", _("all that are open")), ("ended", _("solved and closed")), ("any", _("every state"))]


def machine(actor: str) -> str:
    """Who did it where no person did: "device:…", "system:…"; somebody who was erased has no name."""
    match actor.partition(":")[0]:
        case "device":
            return _("the device")
        case "system":
            return _("the system")
        case "operator":
            return actor.partition(":")[2]
        case _:
            return _("somebody who is no longer on record")


def nobody() -> str:
    """A ticket that is nobody's."""
    return _("nobody")


def not_answered() -> str:
    """The choice that leaves a question open."""
    return _("not answered")


def translated(msgid: str) -> str:
    """A msgid of a table in the language of the request."""
    return gettext(msgid)


def any_of_them() -> str:
    """The choice that narrows nothing."""
    return _("all")


def said(text: Mapping[str, str]) -> str:
    """A text that is kept in both languages, in that of the request; English where it lacks."""
    return text.get((get_language() or "tr")[:2]) or text.get("en", "") or text.get("tr", "")


def time_left(left: TimeLeft) -> str:
    """How a response clock stands, short enough for a column."""
    match left.pressure:
        case Pressure.MET:
            return _("answered in time")
        case Pressure.LATE:
            return _("answered late")
        case Pressure.PAUSED:
            return _("paused until renewal")
        case Pressure.NONE:
            return _("no committed time")
        case Pressure.ENDED:
            return _("ended")
        case Pressure.OVER:
            return _("%(span)s overdue") % {"span": span(left)}
        case _:
            return _("%(span)s left") % {"span": span(left)}


def span(left: TimeLeft) -> str:
    """Its two largest parts: days and hours, hours and minutes, or minutes."""
    if left.days:
        return _("%(days)d d %(hours)d h") % {"days": left.days, "hours": left.hours}
    if left.hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": left.hours, "minutes": left.minutes}
    return _("%(minutes)d min") % {"minutes": left.minutes}
