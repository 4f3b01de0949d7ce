"""`logix-server expiring`: what ends soon, and is not renewed."""

from __future__ import annotations

import re
from typing import Any

import click

from logix_server import console
from logix_server.accounts.queries import organisation_by_name
from logix_server.contracts.decisions import terms
from logix_server.contracts.expiry import Expiry
from logix_server.contracts.expiry import expiring as find_expiring

_SPAN = re.compile(r"([0-9]{1,4})([dwy]?)\Z")
_DAYS = {"": 1, "d": 1, "w": 7, "y": 365}
LONGEST = 3_650


def _span(_context: click.Context, parameter: click.Parameter, value: str) -> int:
    found = _SPAN.match(value.strip())
    days = int(found.group(1)) * _DAYS[found.group(2)] if found else LONGEST + 1
    if days > LONGEST:
        raise click.BadParameter(f"expected a span such as 90d or 12w, got {value!r}", param=parameter)
    return days


@click.command("expiring")
@click.option(
    "--within", callback=_span, default="90d", show_default=True, metavar="SPAN", help="Such as 90d."
)
@click.option("--customer", default="", help="Only this customer's.")
@console.json_option
def expiring(*, within: int, customer: str, as_json: bool) -> None:
    """List what ends within a span: update services, packages, warranties, life cycles, versions.

    What is renewed without a break is left out. Times are days of Istanbul, the last one included.
    """
    if customer:
        organisation_by_name(customer)
    today = terms.local_day(console.now())
    console.print_rows([_row(one) for one in find_expiring(today, within, customer=customer)], as_json)


def _row(expiry: Expiry) -> dict[str, Any]:
    unit, ending = expiry.unit, expiry.ending
    return {
        "device": unit.serial,
        "customer": unit.customer,
        "dealer": unit.dealer,
        "installation": unit.installation,
        "what": ending.what.value,
        "last_day": ending.last_day,
        "days_left": expiry.days_left,
        "clause": ending.clauses[0],
    }
