"""Why not: one bar a function. Pure.

A bar looks at a situation and gives the reasons for which the answer is no; none where it does not
apply. `contracts.decisions.coverage` says which bars an action meets, and in which order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from logix_common.findings import N_

from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.matrix import OFFICE_HOURS_ONLY, Row
from logix_server.contracts.decisions.reasons import Reason
from logix_server.contracts.decisions.situation import Situation
from logix_server.contracts.decisions.terms import FaultCause

Reasons = tuple[Reason, ...]
Bar = Callable[[Situation], Reasons]
NONE: Final[Reasons] = ()

_NOT_OURS = N_("Support is given for Logix products only.")
_END_OF_LIFE = N_(
    "The product reached the end of its life cycle on %(day)s and is no longer supported; we gladly offer"
    " a current product instead."
)
_OUTSIDE_WARRANTY = N_(
    "The product reached the end of its life cycle on %(day)s and is outside the warranty; we gladly offer"
    " a current product against the price difference."
)
_CUSTOMER_HARDWARE = N_(
    "The hardware was supplied by the customer; it has no hardware service and no warranty, and support"
    " covers system and software only."
)
_SUSPENDED = N_(
    "The %(package)s package is suspended because the update service does not run; it is in force"
    " again when the update service is renewed."
)
_NOT_SOLD = N_(
    "No support package is sold while the update service does not run; renew the update service first."
)
_NO_UPDATES = N_("No updates are given because the update service does not run for this product.")
_UPDATES_ENDED = N_("No updates are given because the update service ended on %(day)s.")
_MODULES_OFF = N_(
    "Without the update service all modules are disabled except those that provide security services."
)
_RETIRED = N_(
    "The installed version was supported until %(day)s, one year after its successor was released, and"
    " gets no more patches; please upgrade to a current version."
)
_NO_PACKAGE = N_("No support package is running for this product.")
_PACKAGE_ENDED = N_("No support package is running for this product; the last one ended on %(day)s.")
_CLOSED = N_(
    "With the %(package)s package the support engineers can be reached directly in working hours only."
)
_NO_CONSENT = N_(
    "The customer has not opened remote access to the appliance; until it is opened support cannot go on,"
    " and on-site support is not given instead."
)
_WARRANTY_OVER = N_("The hardware warranty ended on %(day)s.")
_EXTENSION_OVER = N_("The extended hardware warranty ended on %(day)s.")
_NO_WARRANTY = N_("No hardware warranty is running for this product.")
_NOT_CONFIRMED = N_("A technical engineer has not yet confirmed the fault and the need to replace.")
_NOT_ON_SALE = N_("The Extended Hardware Warranty is sold only for products that are still on sale.")
_SALE_ENDED = N_(
    "The sale of this product ended on %(day)s; systems in service get limited support until the end of"
    " its life cycle."
)
_NOTHING_TO_EXTEND = N_(
    "The two years by which the hardware warranty could have been extended ended on %(day)s."
)
_CAUSES: Final = {
    FaultCause.HOST_SYSTEM: N_(
        "Faults caused by hardware or an operating system that is not ours are not covered by the warranty."
    ),
    FaultCause.NETWORK: N_(
        "Faults caused by the design or connection of the internet or the network are not covered by the"
        " warranty."
    ),
    FaultCause.ELECTRICAL: N_(
        "Electrical faults such as surges or power cuts are not covered by the warranty."
    ),
    FaultCause.SOFTWARE: N_(
        "Faults caused by pirated or third-party software are not covered by the warranty."
    ),
    FaultCause.MALWARE: N_(
        "Faults caused by viruses, intrusion and the like are not covered by the warranty."
    ),
    FaultCause.USER_ERROR: N_("Faults caused by user errors are not covered by the warranty."),
    FaultCause.DATA_LOSS: N_("Loss of data or logs is not covered by the warranty."),
    FaultCause.BREAKAGE: N_("Breakage by dropping is not covered by the warranty."),
    FaultCause.NATURAL_DISASTER: N_(
        "Damage by natural disasters such as flood, earthquake or fire is not covered by the warranty."
    ),
}


def not_ours(situation: Situation) -> Reasons:
    """SUP-3: support is for Logix products only."""
    return NONE if situation.ours else (Reason("SUP-3", _NOT_OURS),)


def end_of_life(situation: Situation) -> Reasons:
    """LIF-3: the product has left both sale and support."""
    return _past_its_life(situation, "LIF-3", _END_OF_LIFE)


def outside_warranty(situation: Situation) -> Reasons:
    """WAR-9: the end of life, as it is said of the warranty (Reading 15)."""
    return _past_its_life(situation, "WAR-9", _OUTSIDE_WARRANTY)


def _past_its_life(situation: Situation, clause: str, message: str) -> Reasons:
    day = situation.facts.end_of_life_on
    if day is None or not terms.end_of_life(situation.facts, situation.day):
        return NONE
    return (Reason(clause, message, {"day": day}),)


def customers_hardware(situation: Situation) -> Reasons:
    """WAR-3: no hardware service and no warranty on the customer's hardware."""
    return (Reason("WAR-3", _CUSTOMER_HARDWARE),) if situation.customers_hardware else NONE


def no_updates(situation: Situation) -> Reasons:
    """UPD-3: no active update service, no updates of any kind."""
    if situation.updates_run:
        return NONE
    ended = situation.updates_ended_on
    if ended is None:
        return (Reason("UPD-3", _NO_UPDATES),)
    return (Reason("UPD-3", _UPDATES_ENDED, {"day": ended}),)


def no_patches(situation: Situation) -> Reasons:
    """UPD-3 for patches: a vendor manager's exception takes the service's place (Reading 7)."""
    if terms.patch_exception(situation.facts, situation.day) is not None:
        return NONE
    return no_updates(situation)


def retired_version(situation: Situation) -> Reasons:
    """UPD-7: the installed version's successor has been out for more than a year (Reading 23)."""
    until = terms.version_supported_until(situation.circumstances)
    if until is None or situation.day <= until:
        return NONE
    return (Reason("UPD-7", _RETIRED, {"day": until}),)


def modules_off(situation: Situation) -> Reasons:
    """UPD-6: without the update service only security modules run."""
    return NONE if situation.updates_run else (Reason("UPD-6", _MODULES_OFF),)


def nothing_sold(situation: Situation) -> Reasons:
    """UPD-5 for a sale: no package is sold without the update service."""
    return NONE if situation.updates_run else (Reason("UPD-5", _NOT_SOLD),)


def no_support(situation: Situation) -> Reasons:
    """Suspended (UPD-5, Reading 5) where a package is in its term (Reading 13), else none runs (SUP-1)."""
    if situation.supported:
        return NONE
    if situation.package is not None:
        return (Reason("UPD-5", _SUSPENDED, {"package": situation.package.package}),)
    ended = [term.last_day for term in terms.package_terms(situation.facts) if term.last_day < situation.day]
    if ended:
        return (Reason("SUP-1", _PACKAGE_ENDED, {"day": max(ended)}),)
    return (Reason("SUP-1", _NO_PACKAGE),)


def not_in_package(row: Row) -> Bar:
    """MAT-n: the package within its term, suspended or not, does not include the thing."""

    def bar(situation: Situation) -> Reasons:
        if situation.package is None or situation.package.package in row.packages:
            return NONE
        return (Reason(row.clause, row.lacking, {"package": situation.package.package}),)

    return bar


def outside_hours(situation: Situation) -> Reasons:
    """MAT-11: with Standart the engineers' direct line keeps to working hours."""
    package = situation.package
    if package is None or package.package not in OFFICE_HOURS_ONLY or situation.office_open:
        return NONE
    return (Reason("MAT-11", _CLOSED, {"package": package.package}),)


def no_consent(situation: Situation) -> Reasons:
    """SUP-5: the appliance could be reached, but its customer has not opened access (Reading 18)."""
    known = situation.circumstances
    if known.access_opened or not known.remote_possible:
        return NONE
    return (Reason("SUP-5", _NO_CONSENT),)


def warranty_over(situation: Situation) -> Reasons:
    """WAR-1, or WAR-2 where an extension ran out; the customer's hardware never had one (WAR-3)."""
    if situation.warranted or situation.customers_hardware:
        return NONE
    until: date | None = terms.warranty_until(situation.facts)
    if until is None or situation.day <= until:
        return (Reason("WAR-1", _NO_WARRANTY),)
    if situation.facts.extended_warranty:
        return (Reason("WAR-2", _EXTENSION_OVER, {"day": until}),)
    return (Reason("WAR-1", _WARRANTY_OVER, {"day": until}),)


def cause_not_covered(situation: Situation) -> Reasons:
    """WAR-5: a cause that the warranty excludes; one not yet known bars nothing (Reading 16)."""
    cause = situation.circumstances.fault_cause
    return NONE if cause not in _CAUSES else (Reason("WAR-5", _CAUSES[cause]),)


def not_confirmed(situation: Situation) -> Reasons:
    """WAR-7: no engineer has confirmed the fault; waited for with advance replacement too (Reading 22)."""
    return NONE if situation.circumstances.fault_confirmed else (Reason("WAR-7", _NOT_CONFIRMED),)


def neither_covers(situation: Situation) -> Reasons:
    """Reading 6: a hardware fault that neither warranty nor support covers; the warranty is named first."""
    if situation.warranted or situation.supported:
        return NONE
    return warranty_over(situation) + no_support(situation)


def no_longer_sold(situation: Situation) -> Reasons:
    """WAR-2, then LIF-2: after its end of sale a product's warranty is not extended (Reading 11)."""
    day = situation.facts.end_of_sale_on
    if day is None or not terms.end_of_sale(situation.facts, situation.day):
        return NONE
    return Reason("WAR-2", _NOT_ON_SALE), Reason("LIF-2", _SALE_ENDED, {"day": day})


def nothing_to_extend(situation: Situation) -> Reasons:
    """WAR-2: the years that an extension would give are over; the end of sale has said so already."""
    bought = terms.warranty_from(situation.facts)
    if bought is None or terms.end_of_sale(situation.facts, situation.day):
        return NONE
    last = terms.anniversary(bought, terms.EXTENDED_WARRANTY_YEARS)
    return NONE if situation.day <= last else (Reason("WAR-2", _NOTHING_TO_EXTEND, {"day": last}),)
