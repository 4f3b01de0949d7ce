"""What an installation is entitled to at this moment, shown beside its purchase in the admin."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import admin
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from logix_server.administration import ReadOnlyAdmin
from logix_server.contracts import wording
from logix_server.contracts.decisions.entitlements import Entitlement, entitlements
from logix_server.contracts.device_facts import device_facts
from logix_server.contracts.models import Purchase
from logix_server.fleet.models import Unit
from logix_server.fleet.queries import units_standing


class PurchaseAdmin(ReadOnlyAdmin[Purchase]):
    """A purchase, and every action's answer for the unit that stands there now."""

    list_display = ("installation", "purchased_on", "hardware", "recorded_at", "recorded_by")
    list_filter = ("hardware",)
    list_select_related = ("installation__customer",)
    search_fields = ("installation__name", "installation__customer__name")
    ordering = ("-id",)
    readonly_fields = ("entitled_to",)

    @admin.display(description=gettext_lazy("Entitled to at this moment"))
    def entitled_to(self, purchase: Purchase) -> SafeString | str:
        """The same answers as `logix-server device explain` gives."""
        standing = units_standing(installation_id=purchase.installation_id)
        if not standing:
            return "-"
        asked = device_facts(Unit.objects.get(pk=standing[0].unit_id), datetime.now(UTC))
        found = entitlements(asked.facts, asked.at, asked.known, asked.office)
        rows = format_html_join(
            "", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", map(_cells, found)
        )
        return format_html("<table>{}</table>", rows)


def _cells(one: Entitlement) -> tuple[str, str, str, str]:
    language = "tr" if (translation.get_language() or "").startswith("tr") else "en"
    answer = "\N{CHECK MARK}" if one.decision.allowed else "\N{MULTIPLICATION X}"
    clauses = ", ".join(one.decision.clauses)
    return one.action.value, answer, clauses, wording.sentences(one.decision.reasons)[language]
