"""Every text of the pages, so that the catalogues find them: templates hold no words of their own."""

from __future__ import annotations

from django.utils.translation import gettext as _


def labels() -> dict[str, str]:
    """Texts in the language of the request."""
    return {
        "title": _("Logix Support"),
        "overview": _("Overview"),
        "sign_in": _("Sign in"),
        "sign_out": _("Sign out"),
        "user": _("User name"),
        "password": _("Password"),
        "wrong": _("User name or password is wrong."),
        "waits": _("Too many failed tries; wait a few minutes."),
        "administration": _("Administration"),
        "devices": _("Devices"),
        "faults": _("Open faults"),
        "tickets": _("Open tickets"),
        "none": _("None."),
        "device": _("Device"),
        "customer": _("Customer"),
        "model": _("Model"),
        "state": _("State"),
        "last_seen": _("Last seen"),
        "fault": _("Fault"),
        "part": _("Part"),
        "since": _("Since"),
        "answer": _("Contract's answer"),
        "clauses": _("Clauses"),
        "ticket": _("Ticket"),
        "level": _("Level"),
        "package": _("Package"),
        "deadline": _("Answer due by"),
        "subject": _("Subject"),
        "more": _("Only the first are shown; the command line lists them all."),
    }


def standing(state: str, connected: bool, silent: bool) -> str:
    """How a device stands, in one word."""
    if state != "active":
        return {
            "registered": _("registered"),
            "conflict": _("identity conflict"),
            "revoked": _("revoked"),
            "decommissioned": _("decommissioned"),
        }.get(state, state)
    if silent:
        return _("silent")
    return _("connected") if connected else _("not connected")


def level_name(level: int) -> str:
    """The level as the support terms call it."""
    return {1: _("1 (critical)"), 2: _("2 (medium)"), 3: _("3 (low)")}.get(level, str(level))


def no_deadline() -> str:
    """A ticket without a committed response time."""
    return _("no committed time")


def covered(answer: bool | None) -> str:
    """What the contract says of a fault."""
    if answer is None:
        return _("being decided")
    return _("covered") if answer else _("not covered")
