"""What was known of a contract, from one recording to the next."""

from __future__ import annotations

from datetime import datetime

from logix_server.contracts.ledger import INSTALLATION_FACTS
from logix_server.contracts.models import Withdrawal
from logix_server.contracts.queries import contract_facts
from logix_server.contracts.terms import ContractFacts


def versions_since(installation_id: int, model: str, since: datetime) -> list[tuple[datetime, ContractFacts]]:
    """What was known at `since`, then after each later recording or withdrawal: (from when on, facts)."""
    moments = {since}
    for kind, table in INSTALLATION_FACTS.items():
        rows = table.objects.filter(installation_id=installation_id)
        moments |= set(rows.filter(recorded_at__gt=since).values_list("recorded_at", flat=True))
        withdrawn = Withdrawal.objects.filter(kind=kind, fact_id__in=rows.values("pk"))
        moments |= set(withdrawn.filter(recorded_at__gt=since).values_list("recorded_at", flat=True))
    return [(at, contract_facts(installation_id, model, known_at=at)) for at in sorted(moments)]
