"""The support matrix (MAT) and the package table: what each package includes. Pure.

Rows that differ by package are asked of the running one; the others hold for every package. Response
times (MAT-6 to MAT-8) are read by the tickets' clock, where they become deadlines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logix_common.findings import N_

from logix_server.contracts.decisions.terms import Package

EVERY: Final = frozenset(Package)
HIGHER: Final = frozenset({Package.STANDART, Package.PROFESYONEL})
HIGHEST: Final = frozenset({Package.PROFESYONEL})


@dataclass(frozen=True)
class Row:
    """One thing and the packages that include it; `lacking` is said of a package that does not."""

    clause: str
    packages: frozenset[Package]
    given: str
    lacking: str = ""


TICKETS: Final = Row("MAT-2", EVERY, N_("With a running support package tickets may be opened at any hour."))
FAULT_FINDING: Final = Row(
    "MAT-3", EVERY, N_("Every support package includes finding faults over a remote connection.")
)
UPGRADES: Final = Row("MAT-4", EVERY, N_("Version upgrades are carried out remotely."))
PATCHES: Final = Row("MAT-5", EVERY, N_("Security patches and fixes are carried out remotely."))
RULES: Final = Row(
    "MAT-9",
    HIGHER,
    N_("Remote management with the %(package)s package includes writing rules."),
    N_(
        "Remote management with the %(package)s package is limited to finding faults; writing rules comes"
        " with Standart and Profesyonel."
    ),
)
MANAGEMENT: Final = Row(
    "MAT-9",
    HIGHEST,
    N_("Remote management with the %(package)s package includes rules, configuration and reports."),
    N_(
        "The %(package)s package does not include the whole of remote management (rules, configuration,"
        " reports); it comes with Profesyonel."
    ),
)
BACKUP: Final = Row(
    "MAT-10",
    HIGHEST,
    N_("The %(package)s package includes the backup of system and data."),
    N_("The %(package)s package does not include the backup of system and data; it comes with Profesyonel."),
)
ENGINEERS: Final = Row(
    "MAT-11",
    HIGHER,
    N_("The %(package)s package includes direct access to the support engineers."),
    N_(
        "The %(package)s package does not include direct access to the support engineers; it comes with"
        " Standart in working hours and with Profesyonel at any hour."
    ),
)
ADVANCE: Final = Row(
    "MAT-14",
    HIGHEST,
    N_("The %(package)s package includes 1:1 replacement without waiting."),
    N_(
        "The %(package)s package does not include 1:1 replacement without waiting; it comes with Profesyonel."
    ),
)
CONFIGURATION_CHECK: Final = Row(  # the package table is finer than the general part (Reading 21)
    "MAT-15",
    HIGHER,
    N_("The %(package)s package includes remote checks of the configuration."),
    N_(
        "The %(package)s package includes remote fault checks only; checks of the configuration come with"
        " Standart and Profesyonel."
    ),
)
ON_SITE: Final = Row(
    "MAT-16",
    HIGHEST,
    N_("The %(package)s package includes on-site support where it is needed."),
    N_("The %(package)s package does not include on-site support; it comes with Profesyonel."),
)
#: Packages whose direct access to engineers keeps to working hours (MAT-11).
OFFICE_HOURS_ONLY: Final = frozenset({Package.STANDART})
