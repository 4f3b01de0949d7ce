"""What cells mean, and what headings name."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import Package
from logix_server.contracts.imports import columns, values
from logix_server.contracts.imports.columns import HEADINGS, Column, column_of
from logix_server.contracts.imports.table import EPOCH
from logix_server.contracts.imports.values import Wrong

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22", "22.11.2026", "46348", "46348.5", "46348,25", "2026-11-22 00:00:00", "22.11.2026 13:45"],
)
def test_a_day_in_every_form(text):
    assert values.day(text, EPOCH) == DAY


def test_one_digit_days_and_months():
    assert values.day("2.3.2026", EPOCH) == values.day("2026-3-2", EPOCH) == date(2026, 3, 2)


def test_a_workbook_may_count_from_1904():
    assert values.day("44886", date(1904, 1, 1)) == DAY


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("11/22/2026", "expected a day such as"),
        ("22.11.26", "expected a day such as"),
        ("30.02.2026", "no such day"),
        ("2026-13-01", "no such day"),
        ("22.11.1926", "out of range"),
        ("2206-11-22", "out of range"),
        ("99999", "out of range"),
        ("2026", "expected a day such as"),
        ("bugün", "expected a day such as"),
        ("٢٠٢٦-١١-٢٢", "expected a day such as"),
    ],
)
def test_what_is_no_day(text, why):
    with pytest.raises(Wrong, match=why):
        values.day(text, EPOCH)


@given(st.text(max_size=20))
def test_any_text_is_a_day_of_the_range_or_wrong(text):
    try:
        found = values.day(text, EPOCH)
    except Wrong:
        return
    assert values.FIRST_DAY <= found <= values.LAST_DAY


@given(st.dates(values.FIRST_DAY, values.LAST_DAY))
def test_all_forms_of_a_day_are_one(day):
    forms = (day.isoformat(), day.strftime("%d.%m.%Y"), str((day - EPOCH).days))
    assert {values.day(form, EPOCH) for form in forms} == {day}


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("PROFESYONEL", Package.PROFESYONEL),
        ("profesyonel", Package.PROFESYONEL),
        ("TEMEL", Package.TEMEL),
        ("Standart", Package.STANDART),
        ("STANDART ", Package.STANDART),
        ("PROFESYONELİ"[:-1], Package.PROFESYONEL),
    ],
)
def test_a_package_in_any_case(text, package):
    assert values.package(text) is package


def test_a_mistyped_package_names_the_nearest():
    with pytest.raises(Wrong, match="did you mean standart"):
        values.package("Standard")
    with pytest.raises(Wrong, match=r"expected temel, standart, profesyonel$"):
        values.package("Gold")


@pytest.mark.parametrize(("text", "years"), [("1", 1), ("3", 3), ("3.0", 3), ("3 yıl", 3), ("1 Year", 1)])
def test_years(text, years):
    assert values.years(text, (1, 3), "SUP-2") == years


@pytest.mark.parametrize("text", ["2", "0", "-1", "1.5", "bir", "", "99999999999"])
def test_packages_are_sold_for_1_or_3_years(text):
    with pytest.raises(Wrong, match=r"1 or 3 years \(SUP-2\)"):
        values.years(text, (1, 3), "SUP-2")


def test_a_serial_that_a_spreadsheet_rounded_is_told_apart():
    with pytest.raises(Wrong, match="format the column as text"):
        values.serial("1,23457E+14")


@pytest.mark.parametrize(
    "text", ["#N/A", "#YOK", "#REF!", "#BAŞV!", "#DEĞER!", "#SAYI/0!", "#DIV/0!", "#AD?", "####"]
)
def test_errors_of_spreadsheets_are_known(text):
    assert values.EXCEL_ERROR.match(text)


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("MÜŞTERİ", Column.CUSTOMER),
        ("Musteri Adi", Column.CUSTOMER),
        ("SERİ NO", Column.SERIAL),
        ("Seri No.", Column.SERIAL),
        ("Satın Alma Tarihi", Column.PURCHASED_ON),
        ("SATIN ALMA TARİHİ", Column.PURCHASED_ON),
        ("purchased_on", Column.PURCHASED_ON),
        ("Purchased On", Column.PURCHASED_ON),
        ("E-Posta", Column.CUSTOMER_EMAIL),
    ],
)
def test_headings_in_any_case_and_spelling(heading, column):
    assert column_of(heading) is column


def test_no_heading_names_two_columns():
    names = [columns.folded(name) for column, others in HEADINGS.items() for name in {column.value, *others}]
    assert len(names) == len(set(names)) + sum(
        len(others) - len({columns.folded(one) for one in others}) for others in HEADINGS.values()
    )
    assert set(HEADINGS) == set(Column)


def test_an_unknown_heading_has_a_neighbour():
    assert columns.nearest_heading("Müşterı Adii") == "müşteri adı"
    assert columns.nearest_heading("Telefon") == ""
