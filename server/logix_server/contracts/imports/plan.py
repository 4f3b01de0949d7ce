"""What an import does to companies, places and units; `contract_plan` has the contracts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from logix_server.contracts.decisions.terms import ContractFacts, Vendor
from logix_server.contracts.imports.columns import Column, same_name
from logix_server.contracts.imports.contract_plan import PlaceContract, plan_contracts
from logix_server.contracts.imports.devices import Company, Device, Place, Said
from logix_server.contracts.imports.rows import Sheet
from logix_server.contracts.imports.state import Change, KnownModel, KnownPlace, Plan, State, What

CUSTOMER: Final = "customer"
DEALER: Final = "dealer"
_TABLES: Final = {CUSTOMER: What.CUSTOMERS, DEALER: What.DEALERS}


def make_plan(said: Said, state: State, sheet: Sheet, today: date) -> Plan:
    """All that is to be written, given what is on record; what cannot be becomes a problem of `sheet`."""
    planning = _Planning(said, state, sheet)
    for company in said.dealers.values():
        planning.company(company, DEALER, Column.DEALER)
    for company in said.customers.values():
        planning.company(company, CUSTOMER, Column.CUSTOMER)
    for model in said.models.values():
        planning.model(model.name, model.vendor)
    for place, line in said.places.items():
        planning.place(place, line)
    sound = [one for serial, one in said.devices.items() if serial not in said.unsound]
    contracts = [found for device in sound if (found := planning.device(device)) is not None]
    plan_contracts(contracts, today, planning.plan, sheet)
    return planning.plan


class _Planning:
    def __init__(self, said: Said, state: State, sheet: Sheet) -> None:
        self.plan = Plan()
        self._said, self._state, self._sheet = said, state, sheet
        self._company_names = {same_name(name): name for name in state.companies}
        self._place_names = {(place[0], same_name(place[1])): place[1] for place in state.places}
        self._serials = {serial.casefold(): serial for serial in state.units}
        self._opened: set[Place] = set()
        self._taken: dict[Place, Device] = {}

    def company(self, company: Company, kind: str, column: Column) -> None:
        known, what = self._state.companies.get(company.name), _TABLES[kind]
        told = {"email": company.email, "language": company.language, "dealer": company.dealer}
        told = {key: value for key, value in told.items() if value is not None}
        if known is None:
            spelt = self._company_names.get(same_name(company.name))
            if spelt is not None:
                reason = f"is on record as {spelt!r}: write it alike"
                self._sheet.blame(company.line, column, company.name, reason)
                return
            self.plan.changes.append(Change(what, company.name, {"kind": kind} | told))
        elif known.kind != kind:
            reason = f"is on record as a {known.kind}, not a {kind}"
            self._sheet.blame(company.line, column, company.name, reason)
        else:
            self._change(what, company.name, told, vars(known))

    def model(self, name: str, vendor: Vendor | None) -> None:
        if vendor is not None:
            known = self._state.models.get(name, KnownModel())
            self._change(What.MODELS, name, {"vendor": vendor}, {"vendor": known.vendor})

    def place(self, place: Place, line: int) -> None:
        if place in self._opened:
            return
        if place in self._state.places:
            self._opened.add(place)
            self.plan.unchanged[What.INSTALLATIONS] += 1
            return
        spelt = self._place_names.get((place[0], same_name(place[1])))
        if spelt is not None:
            reason = f"is on record as {spelt!r}: write it alike"
            self._sheet.blame(line, Column.INSTALLATION, place[1], reason)
            return
        self._opened.add(place)
        self.plan.changes.append(Change(What.INSTALLATIONS, place[1], {"customer": place[0]}, place=place))

    def device(self, device: Device) -> PlaceContract | None:
        """The unit's part of the plan, and the contract of where it stands; None where it cannot be."""
        known = self._state.units.get(device.serial)
        if known is not None:
            if not self._stays(device, known.place):
                return None
            told = {} if device.model is None else {"model": device.model}
            self._change(What.UNITS, device.serial, told, {"model": known.model})
            model, place, serves = device.model or known.model, known.place, known.in_service
            self.place(place, device.line)
        else:
            if not self._may_stand(device):
                return None
            assert device.model is not None
            model, place, serves = device.model, device.place, True
            self.place(place, device.where("installation"))
            self.plan.changes.append(
                Change(What.UNITS, device.serial, {"model": model, "customer": place[0]}, place=place)
            )
        if serves and not self._alone(device, place):
            return None
        there = self._state.places.get(place, KnownPlace(place))
        return PlaceContract(device, there, self._of_model(there.facts, model), known is None)

    def _of_model(self, facts: ContractFacts, model: str) -> ContractFacts:
        """The facts of a place with those of the model that the file puts there."""
        announced, told = self._state.models.get(model, KnownModel()), self._said.models.get(model)
        vendor = told.vendor if told is not None else None
        return replace(
            facts,
            vendor=vendor or announced.vendor,
            end_of_sale_on=announced.end_of_sale_on,
            end_of_life_on=announced.end_of_life_on,
        )

    def _stays(self, device: Device, place: Place) -> bool:
        """Whether a unit on record is where the file says: an import moves none."""
        wrong = {
            Column.CUSTOMER: device.customer not in (None, place[0]),
            Column.INSTALLATION: device.installation not in (None, place[1]),
        }
        for column in (column for column, is_wrong in wrong.items() if is_wrong):
            reason = f"{device.serial} stands at {place[0]} / {place[1]}, and an import moves no unit"
            line = device.where(column.value)
            self._sheet.blame(line, column, getattr(device, column.value), reason)
        return not any(wrong.values())

    def _may_stand(self, device: Device) -> bool:
        """Whether a new unit has what it needs, and a place that is free."""
        spelt, place = self._serials.get(device.serial.casefold()), self._state.places.get(device.place)
        if spelt is not None:
            reason = f"is on record as {spelt!r}: write it alike"
            self._sheet.blame(device.line, Column.SERIAL, device.serial, reason)
        elif device.model is None:
            self._sheet.blame(device.line, Column.MODEL, "", "is empty: expected the model of a new device")
        elif place is not None and place.occupant is not None:
            reason = f"unit {place.occupant} stands there; decommission it, or name another installation"
            self._sheet.blame(device.where("installation"), Column.INSTALLATION, device.place[1], reason)
        else:
            return True
        return False

    def _alone(self, device: Device, place: Place) -> bool:
        """Whether no other device of the file stands at the same place: a contract is that of one place."""
        other = self._taken.setdefault(place, device)
        if other is device:
            return True
        reason = f"line {other.line} puts {other.serial} there: name an installation for each device"
        self._sheet.blame(device.where("installation"), Column.INSTALLATION, place[1], reason)
        return False

    def _change(self, what: What, name: str, told: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        changed = {key: value for key, value in told.items() if value != known[key]}
        if not changed:
            self.plan.unchanged[what] += 1
            return
        before = {key: known[key] for key in changed}
        self.plan.changes.append(Change(what, name, changed, before=before))
