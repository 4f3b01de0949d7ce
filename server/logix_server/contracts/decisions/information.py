"""What the terms say of a contract beside yes and no: hours, place of service, duties, ways in. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from logix_common.findings import N_

from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.reasons import Reason
from logix_server.contracts.decisions.terms import ContractFacts, Hardware, Package

_OFFICE_HOURS = N_("Support is given in working hours, 5x8.")
_ANY_HOUR = N_("Support is given at any hour, 7x24.")
#: MAT-17, the package table's headline. The matrix is finer and sets the deadline (Reading 1).
HEADLINES: Final = {
    Package.TEMEL: N_("Response is guaranteed within working hours; the times by level decide."),
    Package.STANDART: N_("Response is guaranteed within 3 hours; the times by level decide."),
    Package.PROFESYONEL: N_("Response is guaranteed within 1 hour; the times by level decide."),
}
_SOFTWARE_WARRANTY = N_(
    "The software is under warranty while the update service runs, until %(day)s, by upgrades and patches."
)
_NO_SOFTWARE_WARRANTY = N_("The software's warranty has ended; it goes on with the paid update service.")
_FAULTS_FOUND_AT_CENTRE = N_("Hardware faults are established at the support centre.")
_REPLACED_AT_CENTRE = N_("Replacement under warranty takes place at the support centre.")
_FOR_EVERY_PACKAGE = N_(
    "Fault detection and warranty replacement take place at the support centre, whatever the package."
)
_BACK_UP = N_(
    "Data on magnetic media is not guaranteed; backing up data and logs beforehand is the customer's duty."
)
_WAYS_IN = N_(
    "Problems are reported by the support phones, the support mobile, e-mail or the web portal; in an"
    " emergency by phone, and a ticket is opened from the call."
)
_SERVICES = N_(
    "Services on offer: e-mail and phone, secure remote connection, support on the dealer portal, knowledge"
    " base, service-call requests, on-site support where needed, maintenance agreements."
)


def information(facts: ContractFacts, at: datetime) -> list[Reason]:
    """What holds for this contract at the moment `at`; nothing for a product that is not supported."""
    day = terms.local_day(at)
    facts = terms.as_on(facts, day)
    if facts.vendor is not terms.Vendor.LOGIX or terms.end_of_life(facts, day):
        return []
    told = []
    package = terms.running_package(facts, day)
    if package is not None and not terms.suspended(facts, day):
        hours = _ANY_HOUR if package.package is Package.PROFESYONEL else _OFFICE_HOURS
        told += [Reason("MAT-1", hours), Reason("MAT-17", HEADLINES[package.package])]
    until = terms.update_service_until(facts, day)
    if until is None:
        told.append(Reason("WAR-4", _NO_SOFTWARE_WARRANTY))
    else:
        told.append(Reason("WAR-4", _SOFTWARE_WARRANTY, {"day": until}))
    if facts.hardware is Hardware.LOGIX:
        told += place_of_service(covered=package is not None)
    return [*told, Reason("WAR-6", _BACK_UP), Reason("SUP-6", _WAYS_IN), Reason("SUP-8", _SERVICES)]


def place_of_service(*, covered: bool) -> list[Reason]:
    """Where hardware is looked at and replaced: MAT-12 and MAT-13 say for the packages what WAR-10 does."""
    told = [Reason("WAR-10", _FOR_EVERY_PACKAGE)]
    if covered:
        told += [Reason("MAT-12", _FAULTS_FOUND_AT_CENTRE), Reason("MAT-13", _REPLACED_AT_CENTRE)]
    return told
