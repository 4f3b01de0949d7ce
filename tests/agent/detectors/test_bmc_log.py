"""The event log over time: what is old, what is new, what is over, and a log that was cleared."""

from __future__ import annotations

from logix_agent.detectors import bmc_log
from logix_agent.detectors.judgement import Judgement
from logix_agent.probes.bmc_log import parse
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import BmcLogReading

DAY = 86_400.0
ECC = "{} | 05/11/2024 | 0{}:00:00 | Memory DIMM B2 | Correctable ECC | Asserted"
LOST = "{} | 05/11/2024 | 0{}:00:00 | Power Supply PS1 Status | Power Supply AC lost | Asserted"
BACK = "{} | 05/11/2024 | 0{}:00:00 | Power Supply PS1 Status | Power Supply AC lost | Deasserted"
BOOT = "{} | 05/11/2024 | 0{}:00:00 | System Event #0x01 | OEM System boot event | Asserted"
PART = ("dimm:bmc-log/DIMM B2", "memory.corrected")
SUPPLY = ("psu:bmc-log/PS1 Status", "psu.input-lost")


class Agent:
    """The notes of an agent that looks at a log again and again."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}

    def sees(self, *lines: str, now: float = 0.0) -> Judgement:
        text = "\n".join(line.format(number, number % 10) for number, line in enumerate(lines, 1))
        reading = parse(text) if lines else BmcLogReading(())
        judgement = bmc_log.judge(reading, self.notes, now)
        self.notes = dict(bmc_log.remembered(reading, self.notes, now))
        return judgement


def told(judgement: Judgement) -> list[tuple[str, int, bool, float | None]]:
    return [(seen.code, int(seen.severity), seen.early, seen.count) for seen in judgement.sightings]


def test_what_the_log_held_at_first_sight_is_old_and_what_comes_after_is_new() -> None:
    agent = Agent()
    assert told(agent.sees(LOST, ECC)) == [("psu.input-lost", 2, True, 1), ("memory.corrected", 3, True, 1)]
    assert told(agent.sees(LOST, ECC)) == [("psu.input-lost", 2, True, 1), ("memory.corrected", 3, True, 1)]
    assert told(agent.sees(LOST, ECC, ECC)) == [
        ("psu.input-lost", 2, True, 1),
        ("memory.corrected", 3, False, 2),
    ]


def test_everything_in_a_log_that_was_empty_is_new() -> None:
    agent = Agent()
    assert told(agent.sees()) == []
    assert told(agent.sees(LOST)) == [("psu.input-lost", 2, False, 1)]


def test_what_is_over_again_happens_from_time_to_time() -> None:
    agent = Agent()
    agent.sees(BOOT)
    assert told(agent.sees(BOOT, LOST)) == [("psu.input-lost", 2, False, 1)]
    assert told(agent.sees(BOOT, LOST, BACK)) == [("psu.input-lost", 3, False, 1)]
    assert told(agent.sees(BOOT, LOST, BACK, LOST)) == [("psu.input-lost", 2, False, 2)]


def test_a_log_that_was_cleared_starts_anew_and_ends_what_it_told() -> None:
    agent = Agent()
    agent.sees(LOST, BOOT, ECC)
    cleared = agent.sees()
    assert cleared.sightings == ()
    assert {PART, SUPPLY} <= cleared.healthy
    other = ECC.replace("05/11/2024", "06/01/2024")
    assert told(agent.sees(other)) == [("memory.corrected", 3, False, 1)]


def test_a_record_of_the_same_number_in_a_later_log_is_another() -> None:
    agent = Agent()
    agent.sees(BOOT, BOOT, BOOT)
    later = LOST.replace("05/11/2024", "06/01/2024")
    assert told(agent.sees(later, later, later)) == [("psu.input-lost", 2, False, 3)]


def test_what_the_controller_itself_cleared_before_counts_no_more() -> None:
    agent = Agent()
    reset = "{} | 05/11/2024 | 0{}:00:00 | Event Logging Disabled #0x72 | Log area reset/cleared | Asserted"
    assert told(agent.sees(LOST, reset, ECC)) == [("memory.corrected", 3, True, 1)]


def test_a_moment_is_over_when_it_stays_quiet_and_a_state_is_not() -> None:
    agent = Agent()
    agent.sees(BOOT, now=100.0)
    agent.sees(BOOT, ECC, LOST, now=200.0)
    assert len(agent.sees(BOOT, ECC, LOST, now=6 * DAY).sightings) == 2
    quiet = agent.sees(BOOT, ECC, LOST, now=200.0 + 7 * DAY)
    assert told(quiet) == [("psu.input-lost", 2, False, 1)]
    assert PART in quiet.healthy
    again = agent.sees(BOOT, ECC, LOST, ECC, now=8 * DAY)
    assert ("memory.corrected", 3, False, 2) in told(again)


def test_a_clock_that_starts_anew_ends_nothing() -> None:
    agent = Agent()
    agent.sees(BOOT, now=9 * DAY)
    agent.sees(BOOT, ECC, now=9 * DAY)
    assert told(agent.sees(BOOT, ECC, now=60.0)) == [("memory.corrected", 3, False, 1)]


def test_many_corrected_errors_call_for_another_module() -> None:
    assert told(Agent().sees(*[ECC] * 99)) == [("memory.corrected", 3, True, 99)]
    assert told(Agent().sees(*[ECC] * 100)) == [("memory.corrected", 2, True, 100)]


def test_a_log_that_cannot_be_read_changes_nothing() -> None:
    agent = Agent()
    agent.sees(LOST)
    notes = agent.notes
    gone = CannotTell("ipmitool: no answer within 15 s")
    judgement = bmc_log.judge(gone, notes, 0.0)
    assert (judgement.sightings, judgement.healthy) == ((), frozenset())
    assert bmc_log.remembered(gone, notes, 0.0) == notes


def test_a_part_that_the_log_names_no_more_is_not_gone() -> None:
    assert Agent().sees(LOST).parts == ()


def test_values_on_their_way_back_and_cold_sensors_are_no_faults() -> None:
    line = "{} | 05/11/2024 | 0{}:00:00 | %s | Asserted"
    assert told(Agent().sees(line % "Temperature CPU | Upper Critical going low")) == []
    assert told(Agent().sees(line % "Fan Fan 1 | Lower Critical going high")) == []
    assert told(Agent().sees(line % "Temperature SSB | Lower Critical going low")) == []
    assert told(Agent().sees(line % "Fan Fan 1 | Upper Critical going high")) == []
    assert told(Agent().sees(line % "Temperature CPU | Upper Critical going high")) == [
        ("temperature.high", 1, True, 1)
    ]


def test_the_module_that_an_event_names_is_a_part_of_its_own() -> None:
    line = "{} | 05/11/2024 | 0{}:00:00 | Memory #0x53 | Uncorrectable ECC | Asserted | CPU 0 DIMM 3"
    (seen,) = Agent().sees(line).sightings
    assert seen.part == "dimm:bmc-log/Memory #0x53 CPU 0 DIMM 3"
