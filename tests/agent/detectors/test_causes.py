"""What several sources tell of one fault is one finding; what only looks alike is not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import aliases, causes
from logix_agent.detectors.judgement import Judgement, PartFact
from logix_agent.facts import Sighting
from logix_common.findings import CODES, Evidence

Told = list[tuple[str, str, int]]
NOTHING = Judgement()


def fault(part: str, code: str, severity: int = 2, source: str = "", **more: object) -> Sighting:
    proof = Evidence(source or part, code, "bad")
    return Sighting(CODES[code].component, part, code, severity, (proof,), **more)  # type: ignore[arg-type]


def verdict(*sightings: Sighting, sound: Collection[tuple[str, str]] = (), parts: str = "") -> Judgement:
    facts = tuple(PartFact(part) for part in parts.split(", ") if part)
    return Judgement(sightings, frozenset(sound), parts=facts)


def seen(fresh: str = "all", standing: Collection[causes.Key] = (), /, **verdicts: Judgement) -> Judgement:
    named = {name.replace("_", "-"): each for name, each in verdicts.items()}
    return causes.joined(named, named.keys() if fresh == "all" else fresh.split(), NOTHING, standing)


def told(judgement: Judgement) -> Told:
    return sorted((each.part, each.code, int(each.severity)) for each in judgement.sightings)


# -- arrays, file systems, bonds --------------------------------------------------------------------

LOGGED = fault("raid:md0", "raid.degraded")


def test_an_array_that_md_finds_whole_is_not_degraded_because_the_log_once_said_so() -> None:
    now = verdict(sound=[("raid:md0", "raid.degraded")])
    assert told(seen(kernel_log=verdict(LOGGED), mdstat=now)) == []
    assert seen(kernel_log=verdict(LOGGED), mdstat=now).healthy == now.healthy


def test_an_array_that_only_the_log_knows_of_is_degraded() -> None:
    other = verdict(sound=[("raid:md1", "raid.degraded")])
    assert told(seen(kernel_log=verdict(LOGGED), mdstat=other)) == [("raid:md0", "raid.degraded", 2)]
    assert told(seen(kernel_log=verdict(LOGGED))) == [("raid:md0", "raid.degraded", 2)]


def test_one_part_and_code_is_one_sighting_with_the_evidence_of_all() -> None:
    counted = fault("filesystem:/var", "filesystem.errors", 3, "sysfs", early=True, count=9.0)
    logged = fault("filesystem:/var", "filesystem.errors", 2, "kernel", related_parts=("disk:A",))
    (one,) = seen(filesystem_errors=verdict(counted), kernel_log=verdict(logged)).sightings
    assert (one.severity, one.early, one.related_parts) == (2, False, ("disk:A",))
    assert [entry.source for entry in one.evidence] == ["kernel", "sysfs"]


def test_a_member_that_the_log_saw_go_down_belongs_to_its_bond() -> None:
    logged = verdict(fault("nic:eth1", "nic.bond-degraded"))
    bond = fault("bond:bond0", "nic.bond-degraded", related_parts=("nic:eth1",))
    (one,) = seen(kernel_log=logged, ports=verdict(bond)).sightings
    assert (one.part, one.related_parts, len(one.evidence)) == ("bond:bond0", ("nic:eth1",), 2)
    whole = verdict(sound=[("bond:bond0", "nic.bond-degraded")])
    assert told(seen(kernel_log=logged, ports=whole)) == []
    assert told(seen(kernel_log=logged, ports=verdict())) == [("nic:eth1", "nic.bond-degraded", 2)]


# -- supplies ---------------------------------------------------------------------------------------

CHIP = fault("psu:pfe1100-i2c-1-58", "psu.input-lost", slot="1-0058")
SENSOR = fault("psu:bmc/PS2 Status", "psu.failed", urgent=True)
TABLE = fault("psu:PSN42", "psu.input-lost", serial="PSN42", model="DPS-800")
REDUNDANCY = fault("psu:bmc/PS Redundancy", "psu.redundancy-lost", urgent=True)
LOG = fault("psu:bmc-log/PS2 Status", "psu.failed")


def test_a_supply_that_three_sources_find_dead_is_one_and_can_be_ordered() -> None:
    (one,) = seen(
        hwmon=verdict(CHIP), ipmi_sensors=verdict(SENSOR, REDUNDANCY), smbios=verdict(TABLE)
    ).sightings
    assert (one.part, one.code, one.serial, one.model) == (SENSOR.part, SENSOR.code, "PSN42", "DPS-800")
    assert one.urgent
    assert set(one.related_parts) == {CHIP.part, TABLE.part, REDUNDANCY.part}
    assert len(one.evidence) == 4


def test_a_finding_stays_with_the_source_that_raised_it() -> None:
    key = (CHIP.part, CHIP.code)
    (one,) = seen("all", {key}, hwmon=verdict(CHIP), ipmi_sensors=verdict(SENSOR)).sightings
    assert (one.part, one.code, one.related_parts) == (*key, (SENSOR.part,))


def test_a_source_that_was_not_read_anew_keeps_its_word_and_counts_for_nothing() -> None:
    both = {"hwmon": verdict(CHIP), "ipmi_sensors": verdict(SENSOR)}
    (one,) = seen("hwmon", **both).sightings
    assert one.part == SENSOR.part
    assert told(seen("smart", **both)) == []
    well = verdict(sound=[(SENSOR.part, SENSOR.code)])
    assert seen("ipmi-sensors", ipmi_sensors=well).healthy == well.healthy
    also = verdict(fault(SENSOR.part, SENSOR.code))
    assert seen("ipmi-sensors", ipmi_sensors=well, other=also).healthy == frozenset()


def test_two_dead_supplies_stay_two() -> None:
    second = fault("psu:bmc/PS1 Status", "psu.failed")
    both = seen(hwmon=verdict(CHIP), ipmi_sensors=verdict(second, SENSOR))
    assert [part for part, _, _ in told(both)] == [second.part, SENSOR.part]
    assert [seen.part for seen in both.sightings if CHIP.part in seen.related_parts] == [second.part]


def test_tables_of_the_last_start_do_not_outlive_what_sensors_say() -> None:
    well = verdict(sound=[("psu:bmc/PS1 Status", "psu.failed"), ("psu:bmc/PS2 Status", "psu.failed")])
    assert told(seen(ipmi_sensors=well, smbios=verdict(TABLE))) == []
    assert told(seen(hwmon=verdict(), smbios=verdict(TABLE))) == [(TABLE.part, TABLE.code, 2)]


def test_a_supply_that_the_controller_cannot_read_is_not_sound_because_another_is() -> None:
    one_well = verdict(
        sound=[("psu:bmc/PS1 Status", "psu.failed")], parts="psu:bmc/PS1 Status, psu:bmc/PS2 Status"
    )
    tables = verdict(TABLE, parts="psu:PSN41, psu:PSN42")
    assert told(seen(ipmi_sensors=one_well, smbios=tables)) == [(TABLE.part, TABLE.code, 2)]
    two_well = verdict(sound=[("psu:bmc/PS1 Status", "psu.failed"), ("psu:bmc/PS2 Status", "psu.failed")])
    assert told(seen(ipmi_sensors=two_well, smbios=tables)) == []


def test_another_supply_that_only_the_controllers_log_finds_dead_is_a_fault_of_its_own() -> None:
    unplugged = fault("psu:bmc/PS1 Status", "psu.input-lost")
    sensors = verdict(unplugged, parts="psu:bmc/PS1 Status, psu:bmc/PS2 Status")  # a dead one reads "na"
    both = seen(ipmi_sensors=sensors, ipmi_sel=verdict(LOG))
    assert told(both) == [(unplugged.part, unplugged.code, 2), ("psu:bmc/PS2 Status", "psu.failed", 2)]


def test_lost_redundancy_alone_is_a_fault() -> None:
    assert told(seen(ipmi_sensors=verdict(REDUNDANCY))) == [(REDUNDANCY.part, REDUNDANCY.code, 2)]
    slow = fault("psu:bmc/PS1", "psu.overloaded", 3)
    assert len(told(seen(ipmi_sensors=verdict(REDUNDANCY, slow)))) == 2


def test_the_worst_word_counts() -> None:
    (one,) = seen(hwmon=verdict(CHIP), ipmi_sensors=verdict(replace(SENSOR, severity=1))).sightings
    assert (one.severity, one.urgent) == (1, False)
    (one,) = seen(hwmon=verdict(replace(CHIP, severity=1)), ipmi_sensors=verdict(SENSOR)).sightings
    assert (one.part, one.severity, one.urgent) == (SENSOR.part, 1, False)


def test_a_supply_that_is_gone_is_the_one_that_others_find_dead() -> None:
    missing = Judgement(
        (replace(fault("psu:pfe", "psu.missing"), evidence=(Evidence("hwmon", "p", "gone"),)),)
    )
    one = causes.joined({"ipmi-sensors": verdict(SENSOR)}, {"ipmi-sensors"}, missing, ())
    assert told(one) == [(SENSOR.part, SENSOR.code, 2)]


def test_what_was_in_the_controllers_log_long_ago_joins_nothing() -> None:
    old = replace(fault("psu:bmc-log/PS9", "psu.failed"), early=True, count=1.0)
    assert len(told(seen(hwmon=verdict(CHIP), ipmi_sel=verdict(old)))) == 2


# -- names ------------------------------------------------------------------------------------------


def test_what_the_controllers_log_tells_of_a_sensor_is_the_sensors() -> None:
    (one,) = seen(
        ipmi_sensors=verdict(SENSOR, parts=SENSOR.part),
        ipmi_sel=verdict(LOG, sound=[("fan:bmc-log/X", "fan.slow")]),
    ).sightings
    assert (one.part, one.related_parts) == (SENSOR.part, ())
    (other,) = seen(ipmi_sel=verdict(LOG)).sightings
    assert other.part == LOG.part


def test_a_module_has_one_name_in_both_counts() -> None:
    label = "CPU_SrcID#0_MC#0_Chan#0_DIMM#0"
    counted = Judgement(parts=(PartFact("dimm:mc0/dimm0", label), PartFact("dimm:mc1/dimm0", label)))
    named = fault(f"dimm:MC0/{label}", "memory.corrected", 3)
    bad = fault("dimm:mc1/dimm0", "memory.uncorrected", 1)
    for part, name in (
        (named.part, "dimm:mc0/dimm0"),
        (f"dimm:MC1/{label}", "dimm:mc1/dimm0"),
        ("dimm:MC0/other", "dimm:MC0/other"),
        ("dimm:MC0", "dimm:MC0"),
        ("dimm:unknown", "dimm:mc1/dimm0"),
        ("disk:A", "disk:A"),
    ):
        verdicts = {
            "edac": replace(counted, sightings=(bad,)),
            "kernel-log": verdict(replace(named, part=part)),
        }
        (renamed,) = aliases.applied(verdicts)["kernel-log"].sightings
        assert renamed.part == name
    both = replace(counted, sightings=(bad, replace(bad, part="dimm:mc0/dimm0")))
    unsure = aliases.applied({"edac": both, "kernel-log": verdict(replace(named, part="dimm:unknown"))})
    assert unsure["kernel-log"].sightings[0].part == "dimm:unknown"


SOURCES = st.sampled_from(
    ["hwmon", "ipmi-sensors", "ipmi-sel", "smbios", "kernel-log", "mdstat", "edac", "ports"]
)
SIGHTINGS = st.builds(
    fault,
    st.sampled_from(["psu:a", "psu:bmc/b", "psu:bmc-log/b", "raid:md0", "nic:e", "bond:b", "dimm:unknown"]),
    st.sampled_from(
        ["psu.failed", "psu.input-lost", "psu.redundancy-lost", "raid.degraded", "nic.bond-degraded"]
    ),
    st.integers(1, 3),
    serial=st.sampled_from(["", "S1", "S2"]),
    early=st.booleans(),
    related_parts=st.sampled_from([(), ("nic:e",)]),
)
KEYS = st.tuples(st.sampled_from(["psu:a", "raid:md0"]), st.sampled_from(["psu.failed", "raid.degraded"]))
VERDICTS = st.builds(
    lambda sightings, healthy: verdict(*sightings, sound=healthy, parts="psu:bmc/b"),
    st.lists(SIGHTINGS, max_size=4),
    st.sets(KEYS),
)


@given(st.dictionaries(SOURCES, VERDICTS), st.sets(SOURCES), st.sets(KEYS), VERDICTS)
def test_whatever_is_told_each_key_is_told_once_and_never_sound_beside_a_fault(
    verdicts: dict[str, Judgement], fresh: set[str], standing: set[causes.Key], gone: Judgement
) -> None:
    one = causes.joined(verdicts, fresh, gone, standing)
    keys = [(seen.part, seen.code) for seen in one.sightings]
    assert len(keys) == len(set(keys))
    assert not one.healthy & set(keys)
    worst = min(
        (seen.severity for name in fresh & verdicts.keys() for seen in verdicts[name].sightings), default=9
    )
    denied = {"kernel-log", "smbios"} & fresh
    if worst < 9 and not denied:
        assert min(seen.severity for seen in one.sightings) <= worst
