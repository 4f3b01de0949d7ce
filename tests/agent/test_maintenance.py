"""Maintenance windows: what is kept back, when they end, and that no clock makes one longer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent import cli, maintenance, maintenance_command
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.maintenance import MAX_SECONDS, Window, decoded
from logix_agent.monitor import Monitor
from logix_common.clock import EPOCH, to_microseconds
from logix_common.findings import Event

from tests.agent.test_monitor import Bench, short

BOOT = "boot-1"
HOURS = 3_600.0
WINDOW = Window("k", 2 * HOURS, "fan", "root", 1_000_000_000, BOOT, 50.0)


class Serviced(Bench):
    """A monitor whose machine is under maintenance now and then."""

    boot = BOOT

    def restart(self) -> None:
        paths = HostPaths(self.machine.folder)
        self.monitor = Monitor(
            self.config, paths, commands_for(paths), self.clock, self.state_path, boot_id=self.boot
        )

    def begin(self, seconds: float = 2 * HOURS) -> None:
        window = maintenance.opened(seconds, "new fan", "root", self.clock, self.boot)
        maintenance.write(self.state_path.parent, window)


@pytest.fixture
def bench(tmp_path: Path) -> Serviced:
    return Serviced(tmp_path)


async def test_what_comes_up_is_kept_back_and_raised_if_it_stands_at_the_end(bench: Serviced) -> None:
    assert await bench.events() == []
    bench.begin()
    bench.machine.fail_disk("sda")
    assert await bench.events(3) == []
    assert bench.monitor.open_findings() == []
    assert [finding.code for finding in bench.monitor.suppressed()] == ["disk.pending-sectors"]
    assert bench.monitor.maintenance is not None
    bench.clock.move(2 * HOURS)
    assert short(await bench.events()) == [(Event.RAISED, "disk.pending-sectors", 2)]
    assert bench.monitor.suppressed() == []
    assert bench.monitor.maintenance is None


async def test_a_window_that_lasts_is_told_with_the_inventory(bench: Serviced) -> None:
    await bench.events()
    assert (await bench.monitor.inventory()).maintenance is None
    bench.begin()
    await bench.events()
    told = (await bench.monitor.inventory()).maintenance
    assert told is not None
    assert (told.seconds, told.why, told.by) == (7_200, "new fan", "root")
    bench.clock.move(2 * HOURS)
    await bench.events()
    assert (await bench.monitor.inventory()).maintenance is None


async def test_what_came_and_went_within_it_is_never_told(bench: Serviced) -> None:
    bench.begin()
    bench.machine.fail_disk("sda")
    await bench.events(3)
    bench.machine.recover_disk("sda")
    await bench.events(3)
    maintenance.remove(bench.state_path.parent)
    assert await bench.events(3) == []


async def test_what_was_known_before_is_told_when_it_ends(bench: Serviced) -> None:
    bench.machine.fail_disk("sda")
    (raised,) = await bench.events()
    bench.begin()
    bench.machine.replace_disk("sda", "NEW-1")
    (cleared,) = [event for event in await bench.events(3) if event.event is Event.CLEARED]
    assert cleared.finding_id == raised.finding_id


async def test_a_change_for_the_worse_waits_for_the_end(bench: Serviced) -> None:
    bench.machine.heat(90)
    await bench.events()
    bench.begin()
    bench.machine.heat(103)
    assert await bench.events(5) == []
    maintenance.remove(bench.state_path.parent)
    told = await bench.events(2)
    assert [(event.event, int(event.severity)) for event in told] == [(Event.CHANGED, 1)]


async def test_it_survives_a_restart_of_the_agent(bench: Serviced) -> None:
    await bench.events()
    bench.begin()
    bench.machine.fail_disk("sda")
    await bench.events(2)
    bench.restart()
    assert await bench.events(2) == []
    assert len(bench.monitor.suppressed()) == 1
    maintenance.remove(bench.state_path.parent)
    assert short(await bench.events()) == [(Event.RAISED, "disk.pending-sectors", 2)]


async def test_a_clock_set_back_at_every_boot_does_not_prolong_it(bench: Serviced) -> None:
    """A dead clock battery: each boot begins in 1970, and the boot clock at nothing."""
    bench.begin(1 * HOURS)
    bench.machine.fail_disk("sda")
    told = []
    for boot in range(40):
        bench.boot = f"boot-{boot + 2}"
        bench.clock.move(-bench.clock.monotonic())
        bench.clock.jump(EPOCH)
        bench.restart()
        told += await bench.events(20)  # ten minutes
        if told:
            break
    assert short(told) == [(Event.RAISED, "disk.pending-sectors", 2)]
    assert boot <= 12


async def test_a_damaged_window_is_none(bench: Serviced) -> None:
    (bench.state_path.parent / maintenance.FILE).write_bytes(b"\xff{")
    bench.machine.fail_disk("sda")
    assert len(await bench.events()) == 1


NUMBERS = st.floats(-1e12, 1e12)


@given(NUMBERS, st.sampled_from([BOOT, "other"]), NUMBERS, NUMBERS)
def test_no_window_has_more_left_than_it_was_given(
    wall: float, boot: str, boottime: float, served: float
) -> None:
    left = WINDOW.left(int(wall), boot, boottime, served)
    assert 0 <= left <= WINDOW.seconds
    assert replace(WINDOW, seconds=1e9).left(int(wall), boot, boottime, served) <= MAX_SECONDS
    if served >= WINDOW.seconds:
        assert left == 0


def test_the_wall_clock_counts_only_after_a_reboot() -> None:
    began = WINDOW.began_us
    assert WINDOW.left(began + 10**15, BOOT, 51.0, 0.0) == 2 * HOURS - 1
    assert WINDOW.left(began + 10**15, "other", 1.0, 0.0) == 0
    assert WINDOW.left(began + 600 * 10**6, "other", 10.0, 0.0) == 2 * HOURS - 600


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_file_is_a_window_or_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(data)


@pytest.mark.parametrize("field", ["seconds", "began_us", "boottime"])
@pytest.mark.parametrize("value", ["1", None, True, [], 1e30, float("nan")])
def test_odd_numbers_are_refused(field: str, value: object) -> None:
    document = {name: getattr(WINDOW, name) for name in Window.__slots__}
    assert decoded(json.dumps(document).encode()) == WINDOW
    with pytest.raises(ValueError):
        decoded(json.dumps({**document, field: value}).encode())


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5_400), ("2h", 7_200), ("1h30m", 5_400), ("24h", 86_400), ("1d", 86_400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert maintenance_command.duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "2", "h", "0h", "59s", "25h", "2d", "-1h", "2 h", "1.5h", "999999d", "2h!"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(maintenance_command.Unusable):
        maintenance_command.duration(text)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(f'state_dir = "{tmp_path}"\n')

    def run(*words: str) -> int:
        return cli.main(["maintenance", *words, "--config", str(config)])

    assert run("status") == 1
    assert run("start", "--for", "3 weeks", "--why", "x") == cli.USAGE
    assert run("start", "--for", "2h", "--why", " \n ") == cli.USAGE
    assert maintenance.read(tmp_path) is None
    assert run("start", "--for", "2h", "--why", "new\nfan") == 0
    capsys.readouterr()
    assert run("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["lasts"]
    assert 7_000 < told["seconds_left"] <= 7_200
    assert told["window"]["why"] == "new fan"
    assert run("stop") == 0
    assert run("stop") == 1
    assert run("status") == 1


def test_the_window_on_file_is_stamped_by_both_clocks(bench: Serviced) -> None:
    bench.begin()
    window = maintenance.read(bench.state_path.parent)
    assert window is not None
    assert (window.boottime, window.began_us) == (
        bench.clock.monotonic(),
        to_microseconds(bench.clock.now()),
    )
