"""XLSX: values as they are shown in CSV, and what a hostile workbook may cost."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.imports import workbook
from logix_server.contracts.imports.reading import read_table
from logix_server.contracts.imports.rows import read_rows
from logix_server.contracts.imports.table import Row, Table, Unreadable
from openpyxl.utils.datetime import CALENDAR_MAC_1904


def made(rows, **sheets) -> bytes:
    book = openpyxl.Workbook()
    for name, others in {"Liste": rows, **sheets}.items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    book.remove(book["Sheet"])
    return saved(book)


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rewritten(data: bytes, part: str, change) -> bytes:
    """The workbook with one part of its archive changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text) if name == part else text)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_are_read_as_a_csv_file_would_have_them():
    rows = [
        ("customer", "serial", "purchased_on", "package_years", "notes"),
        ("Iğdır  Çiçek", 1001, date(2026, 11, 22), 3.0, True),
        (None, None, None, None, None),
        ("Ege", "LX-2", datetime(2026, 11, 22, 13, 45), 46348, 1.5),
    ]
    assert read_table(made(rows)).rows == (
        Row(2, ("Iğdır Çiçek", "1001", "2026-11-22", "3", "true")),
        Row(4, ("Ege", "LX-2", "2026-11-22", "46348", "1.5")),
    )


def test_the_first_sheet_or_the_named_one():
    data = made([("customer",), ("Ege",)], Eski=[("customer",), ("Ilgaz",)])
    assert read_table(data).rows[0].cells == ("Ege",)
    assert read_table(data, "Eski").rows[0].cells == ("Ilgaz",)
    with pytest.raises(Unreadable, match="no sheet 'Yeni', but Liste, Eski"):
        read_table(data, "Yeni")


def test_serial_dates_of_a_workbook_that_counts_from_1904():
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(("customer", "serial", "purchased_on"))
    book.active.append(("Ege", "LX-1", 44886))
    rows = read_rows(read_table(saved(book)), date(2026, 12, 1), lambda _: True)
    assert rows.entries[0].told["purchased_on"] == date(2026, 11, 22)


def test_formulas_are_read_by_their_values():
    data = made([("customer", "serial"), ("Ege", "=1+1"), ("=A2", "LX-3"), ("=A9", "LX-4")])

    def worked_out(sheet: bytes) -> bytes:
        sheet = sheet.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
        # A formula that came to an empty text: Excel marks it as text.
        return sheet.replace(b'<c r="A3"><f>', b'<c r="A3" t="str"><f>')

    found = read_table(rewritten(data, SHEET, worked_out)).rows
    assert found[0].cells == ("Ege", "2")
    assert found[1].cells == ("", "LX-3")
    assert found[2].cells == ("#N/A", "LX-4")  # never worked out: not the same as empty


def test_a_wrong_dimension_hides_no_rows():
    data = made([("customer", "serial"), ("Ege", "LX-1")])
    lying = rewritten(data, SHEET, lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:A1"'))
    assert lying != data
    assert read_table(lying).rows == (Row(2, ("Ege", "LX-1")),)


def test_far_rows_and_columns_cost_nothing():
    data = made([("customer", "serial"), ("Ege", "LX-1")])
    far = rewritten(
        data,
        SHEET,
        lambda xml: xml.replace(b'<row r="2"', b'<row r="1048576"').replace(b'"A2"', b'"A1048576"'),
    )
    assert read_table(far).rows[0].line == 1_048_576
    wide = rewritten(data, SHEET, lambda xml: xml.replace(b'r="B2"', b'r="CW2"'))
    with pytest.raises(Unreadable, match="more than 100 columns"):
        read_table(wide)


def test_a_bomb_is_not_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * (workbook.MAX_UNPACKED + 1))
    assert len(out.getvalue()) < 100_000
    with pytest.raises(Unreadable, match="unpacks to more than"):
        read_table(out.getvalue())


def test_elements_are_counted_before_they_are_parsed():
    data = made([("customer",), ("Ege",)])
    cells = b"<c/>" * (workbook.MAX_TAGS + 1)
    crowded = rewritten(
        data, SHEET, lambda xml: xml.replace(b"</sheetData>", b"<row>" + cells + b"</row></sheetData>")
    )
    assert len(crowded) < 1_000_000
    with pytest.raises(Unreadable, match="more cells than any list"):
        read_table(crowded)


def test_entities_are_refused():
    entities = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    for part in (SHEET, "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"):
        data = rewritten(
            made([("customer",), ("Ege",)]),
            part,
            lambda xml: entities + xml[xml.index(b"?>") + 2 :] if b"?>" in xml[:80] else entities + xml,
        )
        with pytest.raises(Unreadable, match="EntitiesForbidden"):
            read_table(data)


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500])
def test_a_broken_archive_is_refused(data):
    with pytest.raises(Unreadable, match="broken workbook"):
        read_table(data)


def test_an_archive_that_is_no_workbook_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(Unreadable, match="cannot be read as a workbook"):
        read_table(out.getvalue())


SMALL = made([("customer", "serial"), ("Ege", "LX-1")])


@given(st.data())
def test_a_damaged_workbook_gives_a_table_or_a_reason(data):
    damaged = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(4, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    _table_or_reason(bytes(damaged))


@given(st.data())
def test_a_damaged_sheet_gives_a_table_or_a_reason(data):
    def damage(xml: bytes) -> bytes:
        start = data.draw(st.integers(0, len(xml)))
        end = data.draw(st.integers(start, min(len(xml), start + 20)))
        return xml[:start] + data.draw(st.binary(max_size=10)) + xml[end:]

    part = data.draw(st.sampled_from([SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]))
    _table_or_reason(rewritten(SMALL, part, damage))


def _table_or_reason(data: bytes) -> None:
    try:
        assert isinstance(read_table(data), Table)
    except Unreadable as refused:
        assert refused.what


def test_the_date_is_that_of_the_sheet_not_of_a_zone():
    # A workbook has no time zones: a day stays that day wherever the server stands.
    rows = [
        ("customer", "purchased_on"),
        ("Ege", datetime(2026, 11, 22, 23, 59, tzinfo=UTC).replace(tzinfo=None)),
    ]
    assert read_table(made(rows)).rows[0].cells[1] == "2026-11-22"
