"""What was known of a contract, from one recording to the next."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from logix_server.contracts.decisions.terms import ContractFacts
from logix_server.contracts.ledger import INSTALLATION_FACTS
from logix_server.contracts.models import Withdrawal
from logix_server.contracts.queries import contract_facts


def recorded_since(installation_id: int, since: datetime) -> list[datetime]:
    """When facts of the installation were recorded or withdrawn after `since`, ascending; two queries."""
    tables = {
        kind: table.objects.filter(installation_id=installation_id)
        for kind, table in INSTALLATION_FACTS.items()
    }
    first, *others = (
        rows.filter(recorded_at__gt=since).order_by().values_list("recorded_at", flat=True)
        for rows in tables.values()
    )
    of_installation = Q()
    for kind, rows in tables.items():
        of_installation |= Q(kind=kind, fact_id__in=rows.order_by().values("pk"))
    withdrawn = Withdrawal.objects.filter(of_installation, recorded_at__gt=since)
    moments = {*first.union(*others), *withdrawn.values_list("recorded_at", flat=True)}
    return sorted(moments)


def versions_since(
    installation_id: int, model: str, since: datetime, now_known: ContractFacts | None = None
) -> list[tuple[datetime, ContractFacts]]:
    """What was known at `since`, then after each later recording or withdrawal: (from when on, facts).

    `now_known`: the facts where the caller has them; they are taken where nothing came later than `since`.
    """
    later = recorded_since(installation_id, since)
    if not later and now_known is not None:
        return [(since, now_known)]
    return [(at, contract_facts(installation_id, model, known_at=at)) for at in (since, *later)]
