"""modules.d: strictly read; what is not clear is an error and turns nothing off."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.host.paths import HostPaths
from logix_agent.modules.descriptions import MAX_BYTES, parse, read
from logix_agent.modules.facts import Description
from logix_common.errors import InvalidInput

GOOD = """
name = "webfilter"
version = "5.4.2"
security = false
units = ["logix-webfilter.service", "logix-webfilter.timer"]
"""


def folder(tmp_path: Path, **files: str | bytes):
    where = tmp_path / "etc"
    where.mkdir()
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (where / f"{name}.toml").write_bytes(data)
    return read(HostPaths(tmp_path), "/etc")


def test_units_and_programs() -> None:
    assert parse("x", GOOD.encode()) == Description(
        "webfilter", False, ("logix-webfilter.service", "logix-webfilter.timer")
    )
    by_programs = parse(
        "reports",
        b'security = false\non = [["ctl", "on"]]\noff = [["ctl", "off"], ["sync"]]\nstate = ["ctl", "is"]\n',
    )
    assert by_programs == Description(
        "reports", False, on=(("ctl", "on"),), off=(("ctl", "off"), ("sync",)), state=("ctl", "is")
    )


def test_a_file_that_says_nothing_of_control_is_never_touched() -> None:
    module = parse("firewall", b'version = "5.4.2"\nenabled = true\n')
    assert (module.name, module.security, module.controlled) == ("firewall", None, False)


def test_a_security_module_needs_no_way_off() -> None:
    assert not parse("firewall", b"security = true\n").controlled


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("security = maybe", "file"),
        ("[" * 100, "file"),
        ("secruity = false", "secruity"),
        ('security = "false"\nunits = ["a.service"]', "security"),
        ("security = 0", "security"),
        ('units = ["a.service"]', "security"),
        ("security = false", "units"),
        ('security = false\nunits = ["a.service"]\noff = [["x"]]', "units"),
        ('security = false\noff = [["x"]]', "on"),
        ('security = false\non = [["x"]]', "off"),
        ('security = false\nunits = "a.service"', "units"),
        ('security = false\nunits = ["a"]', "units"),
        ('security = false\nunits = ["*.service"]', "units"),
        ('security = false\nunits = ["../a.service"]', "units"),
        ('security = false\nunits = ["--all.service"]', "units"),
        ('security = false\nunits = ["a.service b.service"]', "units"),
        ('security = false\nunits = ["logix-agent.service"]', "units"),
        ('security = false\non = [["/bin/sh", "-c", "x"]]\noff = [["x"]]', "on"),
        ('security = false\non = ["x"]\noff = [["x"]]', "on"),
        ('security = false\non = [[]]\noff = [["x"]]', "on"),
        ('security = false\non = [["x", "a\\u0000b"]]\noff = [["x"]]', "on"),
        ('security = false\non = [["x", 1]]\noff = [["x"]]', "on"),
        ('security = false\non = [["x"]]\noff = [["x"]]\nstate = "x"', "state"),
        ('name = "a b"\nsecurity = true', "name"),
        ("name = 5\nsecurity = true", "name"),
    ],
)
def test_what_is_not_clear_is_an_error_that_names_the_key(text: str, where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse("x", text.encode())
    assert caught.value.where == where


def test_one_bad_file_leaves_the_others(tmp_path: Path) -> None:
    found = folder(tmp_path, good=GOOD, bad="security = ", large=b"#" * (MAX_BYTES + 1), latin=b"name='\xe7'")
    assert [module.name for module in found.modules] == ["webfilter"]
    assert {bad.name for bad in found.bad} == {"bad", "large", "latin"}
    assert all(bad.problem for bad in found.bad)


def test_two_files_of_one_name_are_neither_used(tmp_path: Path) -> None:
    found = folder(tmp_path, a=GOOD, b='name = "webfilter"\nsecurity = true\n')
    assert found.modules == ()
    assert len(found.bad) == 2


def test_a_unit_of_a_security_module_belongs_to_no_other(tmp_path: Path) -> None:
    found = folder(
        tmp_path,
        ips='security = true\nunits = ["engine.service"]\n',
        reports='security = false\nunits = ["engine.service"]\n',
    )
    assert [module.name for module in found.modules] == ["ips"]
    assert "engine.service belongs to module ips" in found.bad[0].problem


def test_no_folder_is_no_module(tmp_path: Path) -> None:
    found = read(HostPaths(tmp_path), "/etc/logix/modules.d")
    assert (found.modules, found.bad) == ((), ())


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "dir.toml").mkdir()
    (tmp_path / "etc" / "lost.toml").symlink_to("/nowhere")
    (tmp_path / "etc" / "README").write_text("no module")
    found = read(HostPaths(tmp_path), "/etc")
    assert {bad.name for bad in found.bad} == {"dir", "lost"}


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    try:
        module = parse("x", data)
    except InvalidInput:
        return
    assert not module.controlled or module.units or (module.on and module.off)


@pytest.mark.parametrize("loose", ["etc", "etc/webfilter.toml"])
def test_what_everybody_may_write_is_not_obeyed(tmp_path: Path, loose: str) -> None:
    assert folder(tmp_path, webfilter=GOOD).modules
    (tmp_path / loose).chmod(0o777)
    described = read(HostPaths(tmp_path), "/etc")
    assert not described.modules
    assert "everybody may write" in described.bad[0].problem


def test_files_beyond_the_most_are_told_and_their_units_guarded(tmp_path: Path) -> None:
    files = {f"m{number:03}": f'security = true\nunits = ["u{number}.service"]\n' for number in range(201)}
    described = folder(tmp_path, **files)
    assert (len(described.modules), len(described.bad)) == (200, 1)
    assert "more than 200 files" in described.bad[0].problem
    assert len(described.security_units) == 201
