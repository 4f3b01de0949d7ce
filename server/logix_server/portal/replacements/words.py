"""What the states, courses and causes of replacements are called."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from logix_server.portal import words

STATES: Final = {
    "requested": N_("asked for"),
    "confirmed": N_("confirmed"),
    "refused": N_("refused"),
    "withdrawn": N_("withdrawn"),
    "shipped": N_("replacement on its way"),
    "received": N_("faulty one received"),
    "fitted": N_("repaired or replaced"),
    "closed": N_("completed"),
}
#: Which badge a state has: a yes, a no, or neither.
LOOKS: Final = {"refused": "no", "withdrawn": "on-condition", "closed": "yes"}
COURSES: Final = {
    "advance": N_("in advance: the replacement goes out first"),
    "return-first": N_("after return: the faulty one comes first"),
}
CAUSES: Final = {
    "defect": N_("a defect of the hardware"),
    "host_system": N_("other hardware or the operating system"),
    "network": N_("the network"),
    "electrical": N_("the power supply of the place"),
    "software": N_("other software"),
    "malware": N_("malware or intrusion"),
    "user_error": N_("an error in use"),
    "data_loss": N_("loss of data"),
    "breakage": N_("breakage"),
    "natural_disaster": N_("a natural disaster"),
}
OUTCOMES: Final = {
    "repaired": N_("repaired"),
    "part-replaced": N_("the part was replaced"),
    "unit-replaced": N_("another unit took its place"),
}


def part(name: str, *, whole_unit: bool) -> str:
    """ "disk:WD-1" as people say it; of a whole unit its serial."""
    kind, _colon, rest = name.partition(":")
    if whole_unit:
        return _("the whole unit %(serial)s") % {"serial": rest}
    return f"{words.called(words.COMPONENTS, kind)} {rest}" if kind in words.COMPONENTS else name


def narrowed() -> list[tuple[str, str]]:
    """The choices of states that name more than one."""
    under_way = [("", _("all under way")), ("late", _("late: the faulty one is owed"))]
    return [*under_way, ("any", words.any_of_them())]
