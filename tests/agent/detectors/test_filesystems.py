"""File systems forced read-only, and full ones."""

from __future__ import annotations

import pytest
from logix_agent.detectors import filesystems
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.memory import Memory, with_mounts
from logix_agent.facts import FindingEvent
from logix_agent.probes.filesystems import parse_mounts
from logix_agent.probes.readings import CannotTell, FilesystemReading, FilesystemUse
from logix_common.findings import Event


def judge(mounts: str, fstab: str = "", memory: Memory | None = None, percent: int = 10) -> Judgement:
    table = parse_mounts(mounts)
    usage = tuple(FilesystemUse(mount.point, 100, percent, 100 - percent) for mount in table)
    reading = FilesystemReading(table, parse_mounts(fstab), usage)
    return filesystems.judge(reading, memory or Memory(), 95.0, 99.0)


READ_ONLY = "/dev/sda1 /var ext4 ro,relatime 0 0"
WRITABLE = "/dev/sda1 /var ext4 rw,relatime 0 0"


def codes(judgement: Judgement) -> dict[str, int]:
    return {seen.code: int(seen.severity) for seen in judgement.sightings}


def test_read_only_though_fstab_wants_it_writable() -> None:
    judgement = judge(READ_ONLY, "UUID=1234 /var ext4 defaults,errors=remount-ro 0 2")
    assert codes(judgement) == {"filesystem.read-only": 1}


def test_read_only_though_it_was_writable_before() -> None:
    memory = with_mounts(Memory(), FilesystemReading(parse_mounts(WRITABLE), (), ()))
    judgement = judge(READ_ONLY, memory=Memory(serials={"sda": "A1"}, writable=memory.writable))
    assert codes(judgement) == {"filesystem.read-only": 1}
    assert judgement.sightings[0].related_parts == ("disk:A1",)


def test_the_kernels_own_word_is_enough() -> None:
    assert codes(judge("/dev/sda1 /var ext4 ro,emergency_ro 0 0")) == {"filesystem.read-only": 1}


@pytest.mark.parametrize(
    ("mounts", "fstab"),
    [
        (READ_ONLY, "/dev/sda1 /var ext4 ro 0 0"),
        ("/dev/sda1 /opt ext4 ro,relatime 0 0", ""),
        ("/dev/sda1 / ext4 ro,relatime 0 0", ""),
        ("/dev/sda1 /boot/efi vfat ro,errors=remount-ro 0 0", ""),
        ("/dev/sda1 /mnt xfs ro,noatime 0 0", ""),
        ("/dev/sda1 / ext4 ro,errors=remount-ro 0 0", "/dev/sda1 / ext4 ro,errors=remount-ro 0 0"),
        (
            "/dev/sda1 /lower ext4 ro,errors=remount-ro 0 0\n"
            "overlay / overlay rw,lowerdir=/lower,upperdir=/up,workdir=/work 0 0",
            "",
        ),
        ("/dev/loop0 /opt squashfs ro 0 0", ""),
        ("/dev/sr0 /media iso9660 ro 0 0", "/dev/sr0 /media iso9660 defaults 0 0"),
        ("tmpfs /sys/fs/cgroup tmpfs ro 0 0", ""),
    ],
)
def test_read_only_by_design_is_no_fault(mounts: str, fstab: str) -> None:
    assert codes(judge(mounts, fstab)) == {}


@pytest.mark.parametrize(
    "mounts",
    [
        "/dev/sda1 / ext4 ro,relatime,errors=remount-ro 0 0",
        "/dev/sda1 /data ext3 ro,errors=remount-ro,data=ordered 0 0",
        READ_ONLY,
        "/dev/sdb /home btrfs ro,space_cache=v2,subvolid=5,subvol=/ 0 0",
    ],
)
def test_the_table_alone_may_say_that_it_was_meant_to_be_writable(mounts: str) -> None:
    judgement = judge(mounts)
    assert codes(judgement) == {"filesystem.read-only": 1}


def test_a_file_system_that_is_read_only_in_one_place_and_writable_in_another_is_writable() -> None:
    bind = "/dev/sda1 /srv/box ext4 ro,errors=remount-ro 0 0"
    assert codes(judge(f"{bind}\n/dev/sda1 / ext4 rw,errors=remount-ro 0 0")) == {}


def test_a_file_system_that_was_shut_down_stays_mounted() -> None:
    assert codes(judge("/dev/sda1 /data ext4 rw,shutdown 0 0")) == {"filesystem.shut-down": 1}
    table = parse_mounts("/dev/sda1 /data xfs rw 0 0")
    reading = FilesystemReading(table, (), (), (("/data", "Input/output error"),))
    judgement = filesystems.judge(reading, Memory(), 95.0, 99.0)
    assert codes(judgement) == {"filesystem.shut-down": 1}
    assert judgement.sightings[0].evidence[0].value == "Input/output error"
    # A table alone does not tell that it can be opened.
    untried = filesystems.judge(FilesystemReading(table, (), ()), Memory(), 95.0, 99.0)
    assert untried.healthy == {("filesystem:/data", "filesystem.read-only")}


@pytest.mark.parametrize(
    ("percent", "expected", "sound"),
    [
        (92, {}, True),
        (94, {}, False),
        (95, {"filesystem.full": 3}, False),
        (99, {"filesystem.full": 2}, False),
    ],
)
def test_how_full_is_full(percent: int, expected: dict[str, int], sound: bool) -> None:
    judgement = judge(WRITABLE, percent=percent)
    assert codes(judgement) == expected
    assert (("filesystem:/var", "filesystem.full") in judgement.healthy) is sound


def test_a_file_system_on_an_array_is_related_to_it() -> None:
    judgement = judge("/dev/md0 /var xfs ro 0 0", "/dev/md0 /var xfs defaults 0 0")
    assert judgement.sightings[0].related_parts == ("raid:md0",)


def test_one_file_system_mounted_at_many_places_is_one_fault() -> None:
    binds = "".join(f"\n/dev/sda1 /srv/box{number} ext4 ro 0 0" for number in range(40))
    judgement = judge(READ_ONLY + binds, "/dev/sda1 /var ext4 defaults 0 2")
    assert [seen.part for seen in judgement.sightings] == ["filesystem:/var"]
    full = judge(WRITABLE + binds, percent=97)
    assert codes(full) == {"filesystem.full": 3}
    assert len(full.sightings) == 1


def standing(*points: str) -> list[FindingEvent]:
    return [
        FindingEvent(
            Event.RAISED,
            b"f" * 16,
            "filesystem",
            f"filesystem:{point}",
            "filesystem.full",
            3,
            (),
            (),
            "",
            "",
            "",
        )
        for point in points
    ]


def test_a_stick_that_was_pulled_out_ends_its_findings() -> None:
    fstab = "/dev/sda1 /var ext4 defaults 0 2\n/dev/sdc1 /backup ext4 noauto 0 0"
    reading = FilesystemReading(
        parse_mounts("/dev/sdb1 / ext4 rw 0 0\n/dev/sdb1 /bind ext4 rw 0 0"), parse_mounts(fstab), ()
    )
    ended = filesystems.gone(standing("/", "/var", "/media/stick", "/bind", "/backup"), reading)
    # "/" is judged as ever; /var should be mounted, and its absence is no recovery.
    assert {part for part, _ in ended.healthy} == {
        "filesystem:/media/stick",
        "filesystem:/bind",
        "filesystem:/backup",
    }
    assert filesystems.gone(standing("/media/stick"), CannotTell("no answer")) == Judgement()
