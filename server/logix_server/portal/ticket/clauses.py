"""What a ticket rests on, clause by clause, each as a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from logix_server.tickets.decisions.questions import QUESTIONS

#: What the clauses of deadlines and openings say of a ticket, where no decision says it better.
SENTENCES: Final = {
    "MAT-1": N_("The clock runs in the package's hours: 7x24 for Profesyonel, else 5x8."),
    "MAT-2": N_("Tickets may be opened at any hour, whatever the package."),
    "MAT-6": N_("The time for an answer at level 3: same day, 6 hours or 2 hours by package."),
    "MAT-7": N_("The time for an answer at level 2: none, 4 hours or 1 hour by package."),
    "MAT-8": N_("The time for an answer at level 1: none, 2 hours or 15 minutes by package."),
    "MAT-12": N_("Hardware faults are established at the support centre."),
    "SUP-1": N_("A support package that runs gives support; where none runs, no time is committed."),
    "SUP-2": N_("The support package was bought, and its term runs."),
    "UPD-5": N_("Without an active update service the package is suspended, and its clock stands still."),
    "WAR-1": N_("Logix hardware is under warranty for two years from the purchase."),
    "WAR-2": N_("The extended warranty adds two years."),
    "PRI-8": N_("How a problem of this level is handled."),
}


def explained(clauses: Iterable[str], level: int) -> list[tuple[str, str]]:
    """Each clause once, with its sentence; "" where there is none. A PRI row says its answer of `level`."""
    rows = {question.row: question.answers for question in QUESTIONS}
    told = []
    for clause in dict.fromkeys(clauses):
        text = rows[clause].get(level, "") if clause in rows else SENTENCES.get(clause, "")
        told.append((clause, gettext(text) if text else ""))
    return told
