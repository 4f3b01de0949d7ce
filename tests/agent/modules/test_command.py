"""`logix-agent modules`: what a person and a program are shown, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from logix_agent import cli
from logix_agent.link.identity import IdentityStore
from logix_agent.link.identity_facts import Device, Server, device_content
from logix_agent.modules import memory
from logix_agent.modules.memory import Memory
from logix_common.module_statement import parsed

from tests.agent.modules.conftest import DEVICE, FOLDER, Vendor


class Here:
    """An appliance whose programs answer from files."""

    def __init__(self, folder: Path) -> None:
        self.state, self.root = folder / "state", folder / "machine"
        self.modules_d = self.root / FOLDER[1:]
        self.modules_d.mkdir(parents=True)
        (self.root / "captured-commands").mkdir()
        self.commands: list[dict[str, object]] = []
        self.config = folder / "agent.toml"
        self.config.write_text(f'state_dir = "{self.state}"\nsysroot = "{self.root}"\n')

    def module(self, name: str, active: str, security: bool = False) -> None:
        unit = f"{name}.service"
        (self.modules_d / f"{name}.toml").write_text(
            f'security = {str(security).lower()}\nunits = ["{unit}"]\n'
        )
        answer = f"Id={unit}\nLoadState=loaded\nActiveState={active}\nUnitFileState=enabled\n"
        (self.root / "captured-commands" / name).write_text(answer)
        self.commands.append({"argv": ["systemctl", "show", unit], "stdout": name})
        index = {"commands": self.commands}
        (self.root / "captured-commands" / "index.json").write_text(json.dumps(index))

    def enrol(self, device_id: str = DEVICE) -> None:
        IdentityStore(self.state / "identity")._point(
            device=device_content(Device(device_id, "LX1", "test.example", Server("localhost", 1, 2)))
        )

    def accept(self, *, others: bool, device_id: str = DEVICE) -> None:
        signed = Vendor().state(3, others, device_id=device_id)
        self.state.mkdir(exist_ok=True)
        memory.save(self.state / memory.FILE, Memory(parsed(signed.payload), signed))

    def ask(self, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
        code = cli.main(["modules", "--config", str(self.config), *options])
        return code, capsys.readouterr().out


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return Here(tmp_path)


def test_each_module_with_its_state_and_why(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    here.module("firewall", "active", security=True)
    here.module("webfilter", "inactive")
    here.enrol()
    here.accept(others=False)
    code, shown = here.ask(capsys)
    assert code == 0
    assert "By statement 3 of 2026-11-22T17:00:00Z (UPD-6):" in shown
    assert "Ended." in shown
    assert "firewall   runs; security module, never disabled" in shown
    assert "webfilter  does not run; disabled by the statement" in shown
    code, shown = here.ask(capsys, "--json")
    told = json.loads(shown)
    assert (code, told["statement"]["counter"], told["statement"]["clauses"]) == (0, 3, ["UPD-6"])
    assert [(m["name"], m["wanted"], m["running"]) for m in told["modules"]] == [
        ("firewall", "runs", "yes"),
        ("webfilter", "disabled", "no"),
    ]


def test_in_turkish(here: Here, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    here.module("webfilter", "inactive")
    here.enrol()
    here.accept(others=False)
    _, shown = here.ask(capsys)
    assert "Sona erdi." in shown
    assert "çalışmıyor; bildirimle devre dışı bırakıldı" in shown


def test_a_module_that_is_not_as_stated_ends_with_1(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    here.module("webfilter", "active")
    here.enrol()
    here.accept(others=False)
    assert here.ask(capsys)[0] == 1


def test_a_module_that_runs_or_not_by_the_customers_choice_is_as_stated(
    here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    here.module("webfilter", "inactive")
    here.enrol()
    here.accept(others=True)
    code, shown = here.ask(capsys)
    assert (code, "does not run; may run" in shown) == (0, True)


def test_without_a_statement_everything_is_as_it_was(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    here.module("webfilter", "active")
    code, shown = here.ask(capsys)
    assert code == 0
    assert "No statement has been accepted yet" in shown
    assert "runs; nothing is stated of it" in shown


def test_a_former_identitys_statement_is_none(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    here.module("webfilter", "active")
    here.enrol("e" * 32)
    here.accept(others=False)
    assert "No statement" in here.ask(capsys)[1]


def test_a_bad_description_is_shown_and_ends_with_1(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    (here.modules_d / "broken.toml").write_text("security = perhaps\x1b[31m")
    code, shown = here.ask(capsys)
    assert code == 1
    assert "broken" in shown
    assert "\x1b" not in shown


def test_a_memory_that_cannot_be_read_ends_with_2(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    here.enrol()
    (here.state / memory.FILE).write_bytes(b"{}")
    code, shown = here.ask(capsys)
    assert code == 2
    assert "cannot be read" in shown


def test_no_modules_at_all(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = here.ask(capsys)
    assert (code, "No modules are described." in shown) == (0, True)


def test_the_memory_is_closed_to_others(here: Here) -> None:
    here.accept(others=False)
    assert (here.state / memory.FILE).stat().st_mode & 0o777 == 0o600
