"""What disks say of themselves: right on ordinary input, unmoved by any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import disks, flash_cards, self_tests, wear
from logix_agent.probes import emmc, nvme_cli, smart_json
from logix_agent.probes.disk_readings import FlashCard, FlashReading, SelfTest
from logix_agent.probes.json_values import MAX_DOCUMENTS, count_of, documents
from logix_agent.probes.readings import AtaAttribute, CannotTell, SmartDisk, SmartReading

from tests.agent.machine_facts import FIXTURES

ANSWERS = [
    path
    for kind in ("smartctl-ata", "smartctl-nvme", "smartctl-scsi")
    for path in sorted((FIXTURES / kind).glob("*.json"))
    if path.stat().st_size
]
LOGS = sorted((FIXTURES / "nvme-smart-log").iterdir())
ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    ANY, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def judged(disk: SmartDisk) -> None:
    judgement = disks.judge(SmartReading((disk,)), {})
    assert judgement.sightings or judgement.healthy or judgement.doubts


@given(st.text(max_size=500) | st.text('{}[]",:0123456789 \n', max_size=500))
def test_any_text_is_taken_apart(text: str) -> None:
    found, broken = documents(text)
    assert all(isinstance(document, dict) for document in found)
    assert isinstance(broken, bool)
    assert isinstance(nvme_cli.parse(text), tuple | CannotTell)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ([], False)),
        ("smartctl 7.3\nno JSON\n", ([], False)),
        ('{"a": 1}', ([{"a": 1}], False)),
        ('\ufeff{"a": 1}', ([{"a": 1}], False)),
        ('{"a": 1}{"b": 2}\n{"c": 3},\n', ([{"a": 1}, {"b": 2}, {"c": 3}], False)),
        ('[{"a": 1}, 7, {"b": 2}]', ([{"a": 1}, {"b": 2}], False)),
        ('a warning\n  {"a": 1}\nand another\n', ([{"a": 1}], False)),
        ('{"a": 1}\n{"b": ', ([{"a": 1}], True)),
        ("{" * 100_000, ([], True)),
    ],
)
def test_documents(text: str, expected: tuple[list[dict[str, Any]], bool]) -> None:
    assert documents(text) == expected


def test_only_so_many_documents_are_read() -> None:
    assert len(documents('{"a": 1}' * 2_000)[0]) == MAX_DOCUMENTS


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (7, 7),
        (7.0, 7),
        ("7", 7),
        (" 1,234 ", 1234),
        ("7.0", 7),
        ({"value": 7}, 7),
        (7.5, None),
        (-1, None),
        (True, None),
        ("seven", None),
        ("٧", None),
        (float("nan"), None),
        (float("inf"), None),
        (1e300, None),
        (2**128, None),
        (None, None),
        ([7], None),
    ],
)
def test_counts(value: object, count: int | None) -> None:
    assert count_of(value) == count


@given(st.sampled_from(ANSWERS), st.floats(0, 1))
def test_a_truncated_answer_tells_nothing(path: Path, share: float) -> None:
    data = path.read_bytes().rstrip()
    cut = data[: int(share * (len(data) - 1))]
    disk = smart_json.parse("/dev/sda", "sda", cut)
    assert disk.problem
    assert disk.attributes == ()


@given(st.sampled_from(ANSWERS), st.data())
def test_an_answer_with_any_value_in_any_place_is_judged(path: Path, data: st.DataObject) -> None:
    found, _ = documents(path.read_text())
    holder: Any = data.draw(st.sampled_from(found)) if found else {}
    while isinstance(holder, dict | list) and holder:
        key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
        if not isinstance(holder[key], dict | list) or data.draw(st.booleans()):
            holder[key] = data.draw(JSON)
            break
        holder = holder[key]
    for document in found:
        judged(smart_json.parse("/dev/sda", "sda", json.dumps(document).encode()))


@given(st.sampled_from(LOGS), st.floats(0, 1), st.text(max_size=8))
def test_a_health_log_with_a_piece_put_in_is_judged(path: Path, share: float, piece: str) -> None:
    text = path.read_text()
    place = int(share * len(text))
    reading = nvme_cli.parse(text[:place] + piece + text[place:])
    for disk in reading if isinstance(reading, tuple) else ():
        judged(disk)


@given(
    st.dictionaries(
        st.sampled_from(["life_time", "pre_eol_info", "serial", "name", "type"]),
        st.text(max_size=20) | st.sampled_from(["0x0a 0x01", "0x03", "MMC", "SD", "0x00000000"]),
    )
)
def test_no_files_of_a_card_break_anything(files: dict[str, str]) -> None:
    card = emmc.parse("mmcblk0", files)
    if card is not None:
        judgement = flash_cards.judge(FlashReading((card,)))
        assert judgement.sightings or judgement.healthy or judgement.doubts


TESTS = st.lists(
    st.builds(
        SelfTest, st.sampled_from(["short", "extended", "conveyance"]), st.none() | st.booleans(), st.just("")
    ),
    max_size=8,
).map(tuple)


@given(TESTS)
def test_a_passed_extended_test_outdates_all_before_it(tests: tuple[SelfTest, ...]) -> None:
    assert self_tests.standing((SelfTest("extended", True, ""), *tests)) == []


@given(TESTS)
def test_a_failed_test_stands_while_nothing_newer_passed(tests: tuple[SelfTest, ...]) -> None:
    failed = SelfTest("extended", False, "read failure")
    assert self_tests.standing((failed, *tests))[0] is failed
    assert self_tests.standing((SelfTest("short", True, ""), failed, *tests))[0] is failed
    assert self_tests.standing((SelfTest("extended", None, "aborted"), failed, *tests))[0] is failed


def attribute(name: str, value: int | None, raw: int | None = None, number: int = 231) -> SmartDisk:
    row = AtaAttribute(number, name, value, 0, False, "", raw, str(raw))
    return SmartDisk("/dev/sda", "sda", passed=True, attributes=(row,))


@pytest.mark.parametrize(
    ("disk", "severity"),
    [
        (attribute("SSD_Life_Left", 11), None),
        (attribute("SSD_Life_Left", 10), 3),
        (attribute("SSD_Life_Left", 1), 2),
        (attribute("SSD_Life_Left", 0, 0), None),  # never filled in
        (attribute("SSD_Life_Left", 0, 5), 2),
        (attribute("SSD_Life_Left", None), None),
        (attribute("Life_Remaining_Percent", 5), 3),
        (attribute("Lifetime_Left", 200), None),  # another scale
        (attribute("Endurance_Remaining", 3, number=232), 3),
        (attribute("Percent_Lifetime_Used", 100, 89), None),
        (attribute("Percent_Lifetime_Used", 100, 90), 3),
        (attribute("Perc_Rated_Life_Used", 100, 100), 2),
        (attribute("Remaining_Lifetime_Perc", None, 97, 209), None),
        (attribute("Remaining_Lifetime_Perc", None, 4, 209), 3),
        (attribute("Media_Wearout_Indicator", 2, 0, 230), None),  # counts up
        (attribute("Temperature_Celsius", 5, 5), None),
        (attribute("Total_Wear_Level_Count", 5, 5), None),
        (attribute("Average_Erase_Count", 5, 90), None),
        (attribute("Spare_Blocks_Remaining", 5, 5), None),
    ],
)
def test_wear_by_what_the_database_calls_it(disk: SmartDisk, severity: int | None) -> None:
    worn = [seen for seen in disks.judge(SmartReading((disk,)), {}).sightings if seen.code == wear.CODE]
    assert [int(seen.severity) for seen in worn] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("steps", "severity"), [((0x09, 0x09), None), ((0x0A, 0x01), 3), ((0x01, 0x0B), 2), ((0x00, 0xFF), None)]
)
def test_wear_of_a_card(steps: tuple[int, ...], severity: int | None) -> None:
    seen = flash_cards.judge(FlashReading((FlashCard("mmcblk0", life_times=steps),))).sightings
    assert [int(sighting.severity) for sighting in seen] == ([severity] if severity else [])
