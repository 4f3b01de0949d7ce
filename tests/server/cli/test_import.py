"""`logix-server import`: dry run, all or nothing, what people and programs are told; two at once."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

pytestmark = [pytest.mark.database, pytest.mark.django_db]

HEADER = "Müşteri;Seri No;Ürün;Donanım;Satın Alma Tarihi;Paket;Paket Başlangıcı;Paket Süresi"
ROW = "Çiğli Gıda;LX-1;LX-200;Logix;10.01.2026;STANDART;10.01.2026;1 yıl"


@pytest.fixture
def file(tmp_path):
    """A file of these lines, in the encoding that Excel writes in Türkiye."""

    def write(*lines: str) -> str:
        path = tmp_path / "cihazlar.csv"
        path.write_bytes("\r\n".join([HEADER, *lines, ""]).encode("cp1254"))
        return str(path)

    return write


def test_nothing_is_written_without_apply(console, file):
    path = file(ROW)
    shown = console.ok("import", path)
    assert "nothing is written yet" in shown
    assert "Çiğli Gıda" in shown
    assert console.json("device", "list") == []
    done = console.json("import", path, "--apply")
    assert (done["applied"], done["rows"], done["problems"]) == (True, 1, [])
    assert done["tables"]["units"] == {"created": 1, "changed": 0, "unchanged": 0}
    [row] = console.json("contract", "list")
    assert (row["device"], row["customer"], row["purchased_on"]) == ("LX-1", "Çiğli Gıda", "2026-01-10")
    assert row["runs"][0]["what"] == "support package standart"
    assert "everything is on record already" in console.ok("import", path, "--apply")


def test_a_new_unit_is_given_its_token_afterwards(console, file):
    console.ok("import", file(ROW), "--apply")
    assert json.loads(console.ok("device", "token", "LX-1"))["serial"] == "LX-1"


def test_all_bad_rows_are_told_at_once(console, file):
    path = file(ROW, ROW.replace("LX-1", "LX 2").replace("STANDART", "STANDARD"), ROW.replace("LX-1", ""))
    told = console.refused("import", path, "--apply").splitlines()
    assert told[0].startswith("line 3, Seri No: 'LX 2' expected 1 to 64 letters")
    assert told[1] == (
        "line 3, Paket: 'STANDARD' expected temel, standart, profesyonel; did you mean standart?"
    )
    assert told[2].startswith("line 4, Seri No: is empty")
    assert told[-1] == "cihazlar.csv: 3 problems; nothing is imported"
    assert console.json("customer", "list") == []
    done = console("import", path, "--json")
    problems = json.loads(done.stdout)["problems"]
    assert (done.exit_code, [problem["line"] for problem in problems]) == (1, [3, 3, 4])
    assert problems[1]["column"] == "Paket"
    assert problems[1]["value"] == "STANDARD"


def test_unknown_columns_are_refused_or_passed_over(console, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Müşteri,Telefon,Sehir,Müsteri\nEge,555,İzmir,Ege\n", encoding="utf-8")
    told = console.refused("import", str(path)).splitlines()
    assert told[0] == "line 1, Telefon: 'Telefon' unknown column; pass over it with --ignore-column"
    assert "is there twice: 'Müşteri'" in told[2]
    path.write_text("Müşteri,Telefon,Müşterı adii\nEge,555,Ege\n", encoding="utf-8")
    told = console.refused("import", str(path), "--ignore-column", "TELEFON")
    assert "did you mean 'müşteri adı'?" in told
    console.ok("import", str(path), "--ignore-column", "telefon", "--ignore-column", "Müşterı adii")


def test_what_is_no_table_is_one_problem(console, tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 and no more")
    assert "file: is a broken workbook" in console.refused("import", str(path))
    assert "No such file" in console("import", str(tmp_path / "none.csv")).stderr


def test_control_characters_of_a_file_do_not_reach_the_terminal(console, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(("Müşteri", "Paket\u202e"))
    book.active.append(("Ege", "x"))
    out = io.BytesIO()
    book.save(out)
    path = tmp_path / "x.xlsx"
    path.write_bytes(out.getvalue())
    assert "\u202e" not in console.refused("import", str(path))


def test_a_workbook_and_standard_input(server, file, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Cihazlar"
    book.active.append(HEADER.split(";"))
    book.active.append(ROW.split(";"))
    book.save(tmp_path / "cihazlar.xlsx")
    done = server.json("import", str(tmp_path / "cihazlar.xlsx"), "--sheet", "Cihazlar", "--apply")
    assert done["tables"]["units"]["created"] == 1
    assert server.json("import", file(ROW))["changes"] == []


def many(count: int) -> list[str]:
    return [ROW.replace("LX-1", f"LX-{number}") for number in range(count)]


def test_two_imports_at_once_write_the_rows_once(server, file):
    path = file(*many(300))
    running = [server.start("import", path, "--apply", "--json") for _ in range(2)]
    outputs = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    created = sorted(json.loads(out)["tables"]["packages"]["created"] for out, _ in outputs)
    assert created == [0, 300]
    assert len(server.json("contract", "list", "--limit", "1000")) == 300
