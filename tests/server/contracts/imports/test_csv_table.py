"""CSV as it comes: encodings, separators, quotes, positions, bounds; a table or a reason, never else."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from logix_server.contracts.imports import table as tables
from logix_server.contracts.imports.csv_table import MAX_LINE, read_csv
from logix_server.contracts.imports.reading import read_table
from logix_server.contracts.imports.table import Row, Table, Unreadable

TEXT = "Müşteri;Seri No;Model\nIğdır Çiçekçilik Şti;LX-1;LX-200\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1254", "iso-8859-9"])
def test_turkish_letters_survive_every_encoding(encoding):
    table = read_csv(TEXT.encode(encoding))
    assert table.header == ("Müşteri", "Seri No", "Model")
    assert table.rows == (Row(2, ("Iğdır Çiçekçilik Şti", "LX-1", "LX-200")),)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_separator_is_found_out(separator, end):
    lines = ["customer,serial,model", '"A, B; C",LX-1,LX-200']
    text = end.join(lines).replace(",", separator).replace("A" + separator, "A,") + end
    assert read_csv(text.encode()).rows[0].cells == ("A, B; C", "LX-1", "LX-200")


def test_excels_own_hint_is_followed_and_counts_as_a_line():
    table = read_csv(b"sep=|\r\ncustomer|serial\r\nEge|LX-1\r\n")
    assert (table.header_line, table.rows) == (2, (Row(3, ("Ege", "LX-1")),))


def test_lines_are_counted_as_an_editor_does_across_quoted_line_ends_and_blank_rows():
    table = read_csv(b'\ncustomer;serial\n"Ege\nLojistik";LX-1\n;;\n\nIlgaz;LX-2\n;\n;\n')
    assert table.header_line == 2
    assert table.rows == (Row(3, ("Ege Lojistik", "LX-1")), Row(7, ("Ilgaz", "LX-2")))


def test_short_rows_are_filled_and_long_ones_are_a_problem_each():
    table = read_csv(b"customer;serial\nEge\nA;B;C\nD;E;F\nIlgaz;LX-2;;;\n")
    assert [row.line for row in table.rows] == [2, 5]
    assert [problem.line for problem in table.problems] == [3, 4]
    assert "3 cells, but 2 headings" in table.problems[0].reason


@pytest.mark.parametrize(
    ("data", "where", "why"),
    [
        (b"", "file", "empty"),
        (b"\n ; ;\n", "file", "empty"),
        (b'customer\nEge\n"Ilgaz\n', "line 3", "quotes"),
        (b'customer\n"Ege"x\n', "line 2", "quotes"),
        (b"customer\nEge\x00\n", "line 2", "control"),
        (b"customer\n\x81\n", "line 2", "neither UTF-8 nor Windows-1254"),
        ("customer\nÇiğli\nŞişli\n".encode() + b"\xfe\n", "line 4", "broken letter (byte 0xfe)"),
        (b"\xef\xbb\xbfcustomer\n\xfe\n", "line 2", "broken letter"),
        (b"\xff\xfea", "file", "UTF-16"),
        (b"customer\n" + b"x" * (MAX_LINE + 1), "line 2", "a line of more than"),
        (b'customer\n"' + b"x\n" * 200 + b'"', "line 2", "not closed within"),
        (b"customer\n" + b";" * 200 + b"x\n", "line 2", "more than 100 columns"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "file", "old .xls workbook"),
    ],
)
def test_what_is_no_table_is_refused_with_the_line(data, where, why):
    with pytest.raises(Unreadable) as refused:
        read_table(data)
    assert refused.value.where == where
    assert why in refused.value.what


def test_sizes_are_bounded():
    with pytest.raises(Unreadable, match="larger than"):
        read_table(b"x" * (tables.MAX_BYTES + 1))
    with pytest.raises(Unreadable, match="line 20002: more than 20,000 rows"):
        read_csv(b"customer\n" + b"Ege\n" * 20_001)
    long = read_csv(b"customer\n" + b"x" * (tables.MAX_CELL + 1))
    assert "1,000 characters" in long.problems[0].reason


def test_a_sheet_is_asked_of_a_workbook_only():
    with pytest.raises(Unreadable, match="no workbook"):
        read_table(b"customer\nEge\n", sheet="Liste")


@given(st.binary(max_size=300))
@example(b"PK\x03\x04")
@example(b"sep=\n\xfe")
@example(b'"\r"\r;\r')
def test_any_bytes_give_a_table_or_a_reason(data):
    _table_or_reason(data)


@given(st.text(alphabet='customerşı;,\t"\r\n =', max_size=60))
def test_any_text_gives_a_table_or_a_reason(text):
    _table_or_reason(text.encode())


def _table_or_reason(data: bytes) -> None:
    try:
        table = read_table(data)
    except Unreadable as refused:
        assert refused.what
    else:
        assert isinstance(table, Table)
        assert all(len(row.cells) == len(table.header) for row in table.rows)
        lines = [row.line for row in table.rows]
        assert lines == sorted(set(lines))
        assert all(line > table.header_line for line in lines)


CELL = st.text(alphabet="aşİı 1.;,\"'\n", max_size=8)


@given(
    st.lists(st.tuples(CELL, CELL, CELL), max_size=8),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_writer_wrote_is_read_back(rows, separator, encoding):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerows([("customer", "serial", "model"), *rows])
    told = [tuple(" ".join(cell.split()) for cell in row) for row in rows]
    found = read_csv(out.getvalue().encode(encoding))
    assert [row.cells for row in found.rows] == [row for row in told if any(row)]
