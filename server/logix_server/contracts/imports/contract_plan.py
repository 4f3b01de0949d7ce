"""What an import adds to contracts: purchases, packages, renewals, extensions of warranty. Pure.

Facts are never changed: where a file corrects one, the old is withdrawn and what is right is recorded.
What may be recorded is judged by `contracts.decisions.entries`, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final

from logix_common.errors import InvalidInput

from logix_server.contracts.decisions.entries import Bought, Entry, Extended, PackageBought, Renewed, admit
from logix_server.contracts.decisions.terms import ContractFacts, PackageTerm, Term
from logix_server.contracts.imports.columns import Column
from logix_server.contracts.imports.devices import Device, Place
from logix_server.contracts.imports.rows import Sheet
from logix_server.contracts.imports.state import Change, KnownPlace, Plan, What

#: Where a refusal of `decisions.entries` belongs in a file, by kind of entry and the field it names.
_COLUMNS: Final[dict[tuple[type[Entry], str], Column]] = {
    (Renewed, "starts_on"): Column.UPDATE_RENEWED_FROM,
    (Renewed, "years"): Column.UPDATE_YEARS,
    (PackageBought, "starts_on"): Column.PACKAGE_FROM,
    (PackageBought, "years"): Column.PACKAGE_YEARS,
    (PackageBought, "package"): Column.PACKAGE,
    (Extended, "starts_on"): Column.EXTENDED_WARRANTY_FROM,
    (Extended, "warranty"): Column.EXTENDED_WARRANTY_FROM,
}


@dataclass(frozen=True)
class PlaceContract:
    """What a device's rows say of the contract at its place.

    `known`: the place on record, without ids where it is new; `facts`: what holds there for the device's
    model; `is_new`: whether the device is.
    """

    device: Device
    known: KnownPlace
    facts: ContractFacts
    is_new: bool


def plan_contracts(contracts: Iterable[PlaceContract], today: date, plan: Plan, sheet: Sheet) -> None:
    """Add what `contracts` change to `plan`; what may not be recorded becomes a problem of `sheet`.

    Of two units of one place, the former and its replacement, each may say something of its contract.
    """
    places: dict[Place, _Contract] = {}
    for one in contracts:
        if one.known.name not in places:
            places[one.known.name] = _Contract(one, today, plan, sheet)
        places[one.known.name].take(one)


class _Contract:
    """The contract of one place, as far as the file has been read."""

    def __init__(self, first: PlaceContract, today: date, plan: Plan, sheet: Sheet) -> None:
        self._known, self._facts = first.known, first.facts
        self._today, self._plan, self._sheet = today, plan, sheet
        self._said: dict[object, tuple[object, int]] = {}

    def take(self, said: PlaceContract) -> None:
        """What one device's rows say. Renewals come before packages: these rest on them (UPD-5)."""
        device = said.device
        if not self._buy(said):
            return
        for renewed, (years, line) in sorted(device.renewals.items()):
            if self._news((What.RENEWALS, renewed), years, line, Column.UPDATE_YEARS):
                self._renew(Renewed(renewed, years), line)
        for (package, starts_on), (years, line) in device.packages.items():
            if self._news((What.PACKAGES, package, starts_on), years, line, Column.PACKAGE_YEARS):
                self._add_package(PackageBought(package, starts_on, years), line)
        extended, column = device.extended_warranty_from, Column.EXTENDED_WARRANTY_FROM
        line = device.where(column.value)
        if extended is not None and self._news(What.EXTENSIONS, extended, line, column):
            self._extend(Extended(extended), line)

    def _news(self, key: object, value: object, line: int, column: Column) -> bool:
        """Whether this was not said before of the place, by rows of another unit; they must agree."""
        again = key in self._said
        had, first = self._said.setdefault(key, (value, line))
        if had != value:
            self._sheet.blame(line, column, value, f"line {first} says {had} of the same installation")
        return not again

    def _buy(self, said: PlaceContract) -> bool:
        """The purchase; whether the rest can be judged."""
        device, facts = said.device, self._facts
        if facts.purchased_on is None:
            return self._first_purchase(said)
        bought_on, hardware = device.purchased_on or facts.purchased_on, device.hardware or facts.hardware
        owner = max(facts.ownership, key=lambda one: one.starts_on).hardware if facts.ownership else None
        if owner is not None and device.hardware in (None, owner):
            hardware = facts.hardware  # what it was at the purchase stays so
        fields = {"purchased_on": bought_on, "hardware": hardware}
        before = {"purchased_on": facts.purchased_on, "hardware": facts.hardware}
        wrong = self._wrong_purchase(said, fields, before, owner is not None)
        if wrong is not None:
            column, reason = wrong
            self._sheet.blame(device.where(column.value), column, fields[column.value], reason)
            return False
        if fields != before:
            self._change(What.PURCHASES, fields, before, self._known.purchase_id)
            self._facts = replace(facts, purchased_on=bought_on, hardware=hardware)
        elif device.purchased_on or device.hardware:
            self._plan.unchanged[What.PURCHASES] += 1
        self._said[What.PURCHASES] = (fields, device.line)
        return True

    def _wrong_purchase(
        self, said: PlaceContract, fields: dict[str, Any], before: dict[str, Any], handed_over: bool
    ) -> tuple[Column, str] | None:
        """Why the purchase on record is not to be corrected by this row."""
        corrects = [
            column for column in (Column.PURCHASED_ON, Column.HARDWARE) if fields[column] != before[column]
        ]
        if not corrects:
            return None
        column = corrects[0]
        if said.is_new:
            reason = f"is {before[column]} on record there; leave it empty for a unit that replaces another"
            return column, reason
        if What.PURCHASES in self._said:
            _, line = self._said[What.PURCHASES]
            return column, f"line {line} says {before[column]} of the same installation"
        if handed_over and Column.HARDWARE in corrects:
            return Column.HARDWARE, "changed hands since the purchase; see `contract show`"
        return None

    def _first_purchase(self, said: PlaceContract) -> bool:
        device = said.device
        if device.purchased_on is not None and device.hardware is not None:
            fields = {"purchased_on": device.purchased_on, "hardware": device.hardware}
            line = device.where("purchased_on")
            self._said[What.PURCHASES] = (fields, line)
            return self._record(What.PURCHASES, Bought(device.purchased_on, device.hardware), line)
        says = device.purchased_on or device.hardware or device.packages or device.renewals
        if said.is_new or says or device.extended_warranty_from:
            for column in (Column.PURCHASED_ON, Column.HARDWARE):
                if getattr(device, column.value) is None:
                    reason = "is empty, and no purchase is on record"
                    self._sheet.blame(device.line, column, "", reason)
        return False

    def _renew(self, entry: Renewed, line: int) -> None:
        same = [term for term in self._facts.update_renewals if term.starts_on == entry.starts_on]
        if Term(entry.starts_on, entry.years) in same:
            self._plan.unchanged[What.RENEWALS] += 1
        elif not same:
            self._record(What.RENEWALS, entry, line)
        else:
            left = tuple(term for term in self._facts.update_renewals if term != same[-1])
            self._facts = replace(self._facts, update_renewals=left)
            replaced = self._known.renewal_ids.get(same[-1])
            self._record(
                What.RENEWALS,
                entry,
                line,
                before=asdict(entry) | {"years": same[-1].years},
                replaces=replaced,
            )

    def _add_package(self, entry: PackageBought, line: int) -> None:
        key = (entry.package, entry.starts_on)
        same = [term for term in self._facts.packages if (term.package, term.starts_on) == key]
        if PackageTerm(entry.starts_on, entry.years, entry.package) in same:
            self._plan.unchanged[What.PACKAGES] += 1
        elif not same:
            self._record(What.PACKAGES, entry, line)
        else:
            left = tuple(term for term in self._facts.packages if term != same[-1])
            self._facts = replace(self._facts, packages=left)
            replaced = self._known.package_ids.get(same[-1])
            self._record(
                What.PACKAGES,
                entry,
                line,
                before=asdict(entry) | {"years": same[-1].years},
                replaces=replaced,
            )

    def _extend(self, entry: Extended, line: int) -> None:
        if entry.starts_on in self._known.extension_ids:
            self._plan.unchanged[What.EXTENSIONS] += 1
        elif not self._facts.extended_warranty or not self._known.extension_ids:
            self._record(What.EXTENSIONS, entry, line)
        else:
            latest = max(self._known.extension_ids)
            self._facts = replace(self._facts, extended_warranty=False)
            replaced = self._known.extension_ids[latest]
            self._record(What.EXTENSIONS, entry, line, before={"starts_on": latest}, replaces=replaced)

    def _record(
        self,
        what: What,
        entry: Entry,
        line: int,
        *,
        before: dict[str, Any] | None = None,
        replaces: int | None = None,
    ) -> bool:
        """Plan a fact that may be recorded; whether it may."""
        fields = asdict(entry)
        try:
            self._facts = admit(self._facts, entry, self._today)
        except InvalidInput as error:
            column = _COLUMNS.get((type(entry), error.where), Column.PURCHASED_ON)
            value = fields.get(error.where, fields.get("starts_on", ""))
            self._sheet.blame(line, column, value, error.what)
            return False
        self._change(what, fields, before, replaces)
        return True

    def _change(
        self, what: What, fields: dict[str, Any], before: dict[str, Any] | None, replaces: int | None
    ) -> None:
        place = self._known.name
        self._plan.changes.append(Change(what, f"{place[0]} / {place[1]}", fields, before, place, replaces))
