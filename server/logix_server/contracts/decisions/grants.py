"""Why yes: what an allowance rests on, one ground a function. Pure.

A ground gives its reasons in a situation that no bar forbids; `coverage` says which grounds an
action has, the deciding one first.
"""

from __future__ import annotations

from collections.abc import Callable

from logix_common.findings import N_

from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.bars import NONE, Reasons
from logix_server.contracts.decisions.matrix import Row
from logix_server.contracts.decisions.reasons import Parameter, Reason
from logix_server.contracts.decisions.situation import Situation

Grant = Callable[[Situation], Reasons]

_FREE_PACKAGE = N_("Covered by the %(package)s package of the first year, until %(day)s.")
_BOUGHT_PACKAGE = N_("Covered by the %(package)s package, until %(day)s.")
_UNLESS_RENEWED = N_(
    "Covered by the %(package)s package, until %(day)s; it is suspended after %(updates)s unless the update"
    " service is renewed."
)
_WARRANTY = N_("Covered by the hardware warranty until %(day)s.")
_EXTENDED_WARRANTY = N_("Covered by the extended hardware warranty until %(day)s.")
_UPDATES_RUN = N_("The update service runs until %(day)s.")
_UPGRADES = N_("The update service covers version upgrades.")
_FIXES = N_("The update service covers security patches, bug fixes and the mending of functions.")
_EXCEPTION = N_(
    "The update service does not run; by an exception that the manufacturer granted, security patches are"
    " given until %(day)s."
)
_ALL_MODULES = N_("All modules run while the update service runs.")
_SECURITY_MODULES = N_("Modules that provide security services are never disabled.")
_ACCESS_OPENED = N_("The customer has opened remote access to the appliance.")
_CONFIRMED = N_("A technical engineer has confirmed the fault and the need to replace.")
_WHOLE_UNIT = N_("Where the whole unit must go, it is replaced 1:1 by a new one under warranty.")
_NO_WAITING = N_("The faulty product is replaced without waiting for its return.")
_STORED = N_("What was backed up is kept, and its customer can read it whatever runs today.")
_SOLD = N_("Support packages are sold for 1 or 3 years.")
_EXTENSION_SOLD = N_("The hardware warranty can be extended by two years.")
_EXTENSION_SOLD_UNTIL = N_("The hardware warranty can be extended by two years, until %(day)s.")


def included(row: Row) -> Grant:
    """MAT-n: the running package includes it."""

    def grant(situation: Situation) -> Reasons:
        package = situation.package
        return (Reason(row.clause, row.given, {"package": package.package} if package else {}),)

    return grant


def always(clause: str, message: str) -> Grant:
    """A ground that is the same in every situation."""
    reasons = (Reason(clause, message),)
    return lambda _situation: reasons


def support(situation: Situation) -> Reasons:
    """SUP-1 in the free first year, SUP-2 where the package was bought; none while suspended."""
    package = situation.package
    if package is None or not situation.supported:
        return NONE
    told: dict[str, Parameter] = {"package": package.package, "day": package.last_day}
    if package.free:
        return (Reason("SUP-1", _FREE_PACKAGE, told),)
    updates_until = terms.update_service_until(situation.facts, situation.day)
    if updates_until is not None and updates_until < package.last_day:
        return (Reason("SUP-2", _UNLESS_RENEWED, {**told, "updates": updates_until}),)
    return (Reason("SUP-2", _BOUGHT_PACKAGE, told),)


def update_service(situation: Situation) -> Reasons:
    """UPD-1: included in the first year, or renewed."""
    until = terms.update_service_until(situation.facts, situation.day)
    return NONE if until is None else (Reason("UPD-1", _UPDATES_RUN, {"day": until}),)


def fixes(situation: Situation) -> Reasons:
    """UPD-2 and UPD-4; without the update service the exception of Reading 7 to UPD-3."""
    if situation.updates_run:
        return Reason("UPD-2", _FIXES), Reason("UPD-4", _FIXES), *update_service(situation)
    exception = terms.patch_exception(situation.facts, situation.day)
    return NONE if exception is None else (Reason("UPD-3", _EXCEPTION, {"day": exception.last_day}),)


def warranty(situation: Situation) -> Reasons:
    """WAR-1 in the first two years, WAR-2 in the two of the extension."""
    until = terms.warranty_until(situation.facts)
    bought = terms.warranty_from(situation.facts)
    if until is None or bought is None or not situation.warranted:
        return NONE
    if terms.warranty_clause(situation.facts, situation.day) == "WAR-2":
        return (Reason("WAR-2", _EXTENDED_WARRANTY, {"day": until}),)
    return (Reason("WAR-1", _WARRANTY, {"day": terms.anniversary(bought, terms.WARRANTY_YEARS)}),)


def consent(situation: Situation) -> Reasons:
    """SUP-5: the customer has opened access; not asked of what cannot be reached (Reading 18)."""
    return (Reason("SUP-5", _ACCESS_OPENED),) if situation.circumstances.remote_possible else NONE


def extension_sold(situation: Situation) -> Reasons:
    """WAR-2: two more years after the first two."""
    bought = terms.warranty_from(situation.facts)
    if bought is None:
        return (Reason("WAR-2", _EXTENSION_SOLD),)
    until = terms.anniversary(bought, terms.EXTENDED_WARRANTY_YEARS)
    return (Reason("WAR-2", _EXTENSION_SOLD_UNTIL, {"day": until}),)


upgrades = always("UPD-2", _UPGRADES)
all_modules = always("UPD-6", _ALL_MODULES)
security_modules = always("UPD-6", _SECURITY_MODULES)
confirmed = always("WAR-7", _CONFIRMED)
whole_unit = always("WAR-8", _WHOLE_UNIT)
no_waiting = always("WAR-11", _NO_WAITING)
stored_backups = always("MAT-10", _STORED)
packages_sold = always("SUP-2", _SOLD)
