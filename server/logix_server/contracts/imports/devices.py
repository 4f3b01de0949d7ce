"""Rows to companies, places and devices: what several rows say of one thing must agree. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from logix_server.contracts.decisions.terms import Hardware, Package, Vendor
from logix_server.contracts.imports.columns import Column, same_name
from logix_server.contracts.imports.rows import Entry, Sheet

#: A customer's name and a place's name at it.
Place = tuple[str, str]


@dataclass
class Record:
    """Something that rows name; `lines`: where each of its fields was said first."""

    line: int
    lines: dict[str, int] = field(default_factory=dict)

    def where(self, name: str) -> int:
        """The line that said this field, else the first that named the thing."""
        return self.lines.get(name, self.line)


@dataclass
class Company(Record):
    """A customer or dealer; None = the file does not say."""

    name: str = ""
    email: str | None = None
    language: str | None = None
    dealer: str | None = None


@dataclass
class Device(Record):
    """A unit and what was bought with it; None = the file does not say.

    `packages`: (package, first day) to (years, line); `renewals`: first day to (years, line).
    """

    serial: str = ""
    customer: str | None = None
    installation: str | None = None
    model: str | None = None
    hardware: Hardware | None = None
    purchased_on: date | None = None
    extended_warranty_from: date | None = None
    packages: dict[tuple[Package, date], tuple[int, int]] = field(default_factory=dict)
    renewals: dict[date, tuple[int, int]] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it stands: a place is called as its unit where it has no name of its own."""
        return (self.customer or "", self.installation or self.serial)


@dataclass
class Model(Record):
    """A product model."""

    name: str = ""
    vendor: Vendor | None = None


@dataclass
class Said:
    """All that a file says. `unsound`: serials of rows in which something is wrong."""

    dealers: dict[str, Company] = field(default_factory=dict)
    customers: dict[str, Company] = field(default_factory=dict)
    places: dict[Place, int] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    unsound: set[str] = field(default_factory=set)


def gather(sheet: Sheet) -> Said:
    """What the rows say together; contradictions become problems of `sheet`."""
    gathering = _Gathering(sheet)
    for entry in sheet.entries:
        gathering.take(entry)
    return gathering.said


class _Gathering:
    def __init__(self, sheet: Sheet) -> None:
        self.said = Said()
        self._sheet = sheet
        self._spelt: dict[tuple[str, str], tuple[str, int]] = {}

    def take(self, entry: Entry) -> None:
        before = len(self._sheet.problems)
        self._companies(entry)
        device = self._device(entry)
        if device is None:
            return
        self._contract(device, entry)
        if not entry.sound or len(self._sheet.problems) > before:
            self.said.unsound.add(device.serial)

    def _companies(self, entry: Entry) -> None:
        told = entry.told
        dealer, customer = told.get(Column.DEALER), told.get(Column.CUSTOMER)
        if dealer is not None:
            self._spelling("company", dealer, entry.line, Column.DEALER)
            company = self.said.dealers.setdefault(dealer, Company(entry.line, name=dealer))
            self._agree(company, "email", entry, Column.DEALER_EMAIL)
            if dealer in self.said.customers:
                self._sheet.blame(entry.line, Column.DEALER, dealer, "is a customer in this file")
        if customer is not None:
            self._spelling("company", customer, entry.line, Column.CUSTOMER)
            company = self.said.customers.setdefault(customer, Company(entry.line, name=customer))
            self._agree(company, "email", entry, Column.CUSTOMER_EMAIL)
            self._agree(company, "language", entry, Column.LANGUAGE)
            self._agree(company, "dealer", entry, Column.DEALER)
            if customer in self.said.dealers:
                self._sheet.blame(entry.line, Column.CUSTOMER, customer, "is a dealer in this file")
            installation = told.get(Column.INSTALLATION)
            if installation is not None:
                self._spelling(f"place of {customer}", installation, entry.line, Column.INSTALLATION)
                self.said.places.setdefault((customer, installation), entry.line)

    def _device(self, entry: Entry) -> Device | None:
        serial = entry.told.get(Column.SERIAL)
        if serial is None:
            return None
        self._spelling("serial", serial, entry.line, Column.SERIAL)
        device = self.said.devices.setdefault(serial, Device(entry.line, serial=serial))
        for column in (Column.CUSTOMER, Column.INSTALLATION, Column.MODEL, Column.HARDWARE):
            self._agree(device, column.value, entry, column)
        self._agree(device, "purchased_on", entry, Column.PURCHASED_ON)
        self._agree(device, "extended_warranty_from", entry, Column.EXTENDED_WARRANTY_FROM)
        model = entry.told.get(Column.MODEL)
        if model is not None:
            known = self.said.models.setdefault(model, Model(entry.line, name=model))
            self._agree(known, "vendor", entry, Column.VENDOR)
        return device

    def _contract(self, device: Device, entry: Entry) -> None:
        told = entry.told
        package, starts_on, years = (
            told.get(column) for column in (Column.PACKAGE, Column.PACKAGE_FROM, Column.PACKAGE_YEARS)
        )
        if package and starts_on and years:
            had, line = device.packages.setdefault((package, starts_on), (years, entry.line))
            self._same(years, had, entry.line, line, Column.PACKAGE_YEARS)
        renewed = told.get(Column.UPDATE_RENEWED_FROM)
        if renewed:
            # Renewed year by year (UPD-1), unless the file says otherwise.
            years = told.get(Column.UPDATE_YEARS, 1)
            had, line = device.renewals.setdefault(renewed, (years, entry.line))
            self._same(years, had, entry.line, line, Column.UPDATE_YEARS)

    def _agree(self, record: Record, name: str, entry: Entry, column: Column) -> None:
        value = entry.told.get(column)
        if value is None:
            return
        had = getattr(record, name)
        if had is None:
            setattr(record, name, value)
            record.lines[name] = entry.line
        else:
            self._same(value, had, entry.line, record.where(name), column)

    def _same(self, value: Any, had: Any, line: int, first: int, column: Column) -> None:
        if value != had:
            self._sheet.blame(line, column, value, f"line {first} says {had}")

    def _spelling(self, kind: str, name: str, line: int, column: Column) -> None:
        had, first = self._spelt.setdefault((kind, same_name(name)), (name, line))
        if had != name:
            self._sheet.blame(line, column, name, f"line {first} writes it {had!r}: write it alike")
