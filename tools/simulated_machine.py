"""A believable appliance as a folder, for `logix-agent --sysroot`: demo and tests break and mend its parts.

Two SATA disks with a RAID 1 array on them, sensors, file systems, packages and modules. Every change
replaces whole files at once, so that an agent that reads meanwhile sees the old or the new, never half.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.simulated_disk import SimulatedDisk


@dataclass
class SimulatedFilesystem:
    """One mounted file system, usage in percent of `kib`."""

    device: str
    kind: str = "ext4"
    kib: int = 40_000_000
    used_percent: float = 31.0
    read_only: bool = False


class SimulatedMachine:
    """An appliance below `folder`, healthy until told otherwise."""

    def __init__(
        self,
        folder: Path,
        serial: str = "LGX-0001",
        model: str = "Logix LX-500",
        version: str = "5.4.2",
        patch_level: str = "2026-02-10",
    ) -> None:
        self.folder = folder
        self.serial, self.model, self.version, self.patch_level = serial, model, version, patch_level
        seed = hashlib.sha256(serial.encode()).hexdigest().upper()
        self.disks = {
            name: SimulatedDisk(name, f"LX{seed[offset : offset + 8]}")
            for name, offset in (("sda", 0), ("sdb", 8))
        }
        self.filesystems = {
            "/": SimulatedFilesystem("/dev/mmcblk0p1", kib=20_000_000, used_percent=42.0),
            "/var": SimulatedFilesystem("/dev/md0", kib=400_000_000),
        }
        self.members = {"sda", "sdb"}  # of the array md0, which holds /var
        self.array_running = True
        self.celsius = 47.0
        self.services = {"logix-engine.service": "active"}
        self.write()

    # -- what may happen to it -------------------------------------------------------------------

    def wear_disk(self, name: str, reallocated: int = 4) -> None:
        """An early sign: some sectors were replaced by spare ones (severity 3 up to ten)."""
        self.disks[name].raw[5] = reallocated
        self.write()

    def fail_disk(self, name: str, pending: int = 24) -> None:
        """Sectors that cannot be read (severity 2)."""
        self.disks[name].raw[197] = pending
        self.write()

    def condemn_disk(self, name: str) -> None:
        """The disk says itself that it is failing (severity 2)."""
        self.disks[name].passed = False
        self.disks[name].raw[5] = 1_975
        self.write()

    def hide_disk(self, name: str) -> None:
        """The disk does not answer any more: nothing can be told of it."""
        self.disks[name].readable = False
        self.write()

    def detach_disk(self, name: str) -> None:
        """The disk is gone from the bus."""
        self.disks[name].attached = False
        self.write()

    def lose_raid_member(self, name: str) -> None:
        """The array drops that disk and runs degraded (severity 2)."""
        self.members.discard(name)
        self.write()

    def stop_array(self) -> None:
        """The array does not run any more (severity 1)."""
        self.array_running = False
        self.write()

    def heat(self, celsius: float) -> None:
        """Set the processor's temperature (limits: 84 max, 100 critical)."""
        self.celsius = celsius
        self.write()

    def force_read_only(self, point: str = "/var") -> None:
        """The kernel has remounted a file system read-only after an error (severity 1)."""
        self.filesystems[point].read_only = True
        self.write()

    def fill(self, point: str = "/var", percent: float = 97.0) -> None:
        """Set how full a file system is."""
        self.filesystems[point].used_percent = percent
        self.write()

    def set_service(self, name: str, state: str) -> None:
        """State of a unit as systemctl tells it: active, inactive, failed."""
        self.services[name] = state
        self.write()

    def recover_disk(self, name: str) -> None:
        """The same disk, healthy again."""
        disk = self.disks[name]
        self.disks[name] = SimulatedDisk(name, disk.serial, disk.model)
        self.write()

    def replace_disk(self, name: str, serial: str) -> None:
        """Another disk at the same place."""
        self.disks[name] = SimulatedDisk(name, serial)
        self.write()

    def recover_array(self) -> None:
        """All members are back."""
        self.members, self.array_running = set(self.disks), True
        self.write()

    def recover(self) -> None:
        """Everything is healthy again, with the same parts."""
        for name, disk in list(self.disks.items()):
            self.disks[name] = SimulatedDisk(name, disk.serial, disk.model)
        for filesystem in self.filesystems.values():
            filesystem.read_only, filesystem.used_percent = False, 31.0
        self.celsius = 47.0
        self.recover_array()

    def upgrade(self, version: str, patch_level: str) -> None:
        """The product's version becomes another."""
        self.version, self.patch_level = version, patch_level
        self.write()

    # -- how it is written -----------------------------------------------------------------------

    def write(self) -> None:
        """Write every file that differs from what is there."""
        for path, text in (self._etc() | self._proc() | self._sys() | self._commands()).items():
            self._replace(path, text)

    def _replace(self, path: str, text: str) -> None:
        target = self.folder / path
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting = target.with_name(f".{target.name}.new")
        waiting.write_text(text, encoding="utf-8")
        waiting.replace(target)

    def _etc(self) -> dict[str, str]:
        release = {
            "SERIAL": self.serial,
            "MODEL": self.model,
            "VERSION": self.version,
            "PATCH_LEVEL": self.patch_level,
        }
        fstab = "".join(f"{fs.device} {at} {fs.kind} defaults 0 1\n" for at, fs in self.filesystems.items())
        packages = {
            "logix-engine": self.version,
            "openssl": "3.0.15-1~deb12u1",
            "linux-image-amd64": "6.1.128-1",
        }
        return {
            "etc/logix-release": "".join(f'{key}="{value}"\n' for key, value in release.items()),
            "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n',
            "etc/fstab": f"# <device> <point> <type> <options>\n{fstab}",
            **{
                f"etc/logix/modules.d/{name}.toml": f'version = "{self.version}"\nenabled = true\n'
                for name in ("firewall", "reports")
            },
            "var/lib/dpkg/status": "".join(
                f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
                for name, version in packages.items()
            ),
        }

    def _proc(self) -> dict[str, str]:
        mounts = "proc /proc proc rw,nosuid 0 0\ntmpfs /run tmpfs rw 0 0\n" + "".join(
            f"{fs.device} {at} {fs.kind} {'ro' if fs.read_only else 'rw'},relatime,errors=remount-ro 0 0\n"
            for at, fs in self.filesystems.items()
        )
        port = "1048576 9000 0 0 0 0 0 0 2097152 8000 0 0 0 0 0 0"
        return {
            "proc/stat": "cpu  4705 356 584 369527 2306 0 23 0 0 0\nbtime 1767225600\n",
            "proc/meminfo": "MemTotal: 8140000 kB\nMemFree: 2100000 kB\nMemAvailable: 5250000 kB\n"
            "SwapTotal: 2097148 kB\nSwapFree: 2097148 kB\n",
            "proc/loadavg": "0.22 0.31 0.28 2/412 12345\n",
            "proc/uptime": "864000.12 3400000.00\n",
            "proc/mounts": mounts,
            "proc/mdstat": self._mdstat(),
            "proc/net/dev": "Inter-| Receive | Transmit\n face |bytes packets ... |bytes packets ...\n"
            f"    lo: {port}\n  eth0: {port}\n",
            "proc/sys/kernel/osrelease": "6.1.0-31-amd64\n",
            "proc/sys/kernel/random/boot_id": f"{uuid.uuid5(uuid.NAMESPACE_OID, self.serial)}\n",
        }

    def _mdstat(self) -> str:
        fs, names = self.filesystems["/var"], sorted(self.disks)
        if not self.array_running:
            spares = " ".join(
                f"{name}1[{slot}](S)" for slot, name in enumerate(names) if name in self.members
            )
            array = [f"md0 : inactive {spares}", f"      {fs.kib} blocks super 1.2", "       "]
        else:
            told = [
                f"{name}1[{slot}]{'' if name in self.members else '(F)'}"
                for slot, name in enumerate(names)
                if name in self.members or self.disks[name].attached
            ]
            slots = "".join("U" if name in self.members else "_" for name in names)
            array = [
                f"md0 : active raid1 {' '.join(reversed(told))}",
                f"      {fs.kib} blocks super 1.2 [{len(names)}/{len(self.members)}] [{slots}]",
                "      ",
            ]
        return "\n".join(["Personalities : [raid1] ", *array, "unused devices: <none>", ""])

    def _sys(self) -> dict[str, str]:
        core, board = "sys/class/hwmon/hwmon0", "sys/class/dmi/id"
        files = {
            f"{core}/name": "coretemp\n",
            f"{core}/temp1_label": "Package id 0\n",
            f"{core}/temp1_input": f"{round(self.celsius * 1000)}\n",
            f"{core}/temp1_max": "84000\n",
            f"{core}/temp1_crit": "100000\n",
            f"{core}/temp1_crit_alarm": "0\n",
            f"{board}/product_serial": f"{self.serial}\n",
            f"{board}/product_name": f"{self.model}\n",
            f"{board}/bios_vendor": "Logix\n",
            f"{board}/bios_version": "1.14\n",
            f"{board}/bios_date": "03/11/2025\n",
            "sys/class/net/eth0/address": "02:00:5e:10:00:01\n",
            "sys/class/net/eth0/speed": "1000\n",
            "sys/class/net/eth0/operstate": "up\n",
            "sys/class/net/eth0/device/vendor": "0x8086\n",
        }
        for disk in self.disks.values():
            files[f"sys/block/{disk.name}/size"] = "7814037168\n"
            files[f"sys/block/{disk.name}/device/model"] = f"{disk.model}\n"
        return files

    def _commands(self) -> dict[str, str]:
        states = "\n".join(f"Id={name}\nActiveState={state}\n" for name, state in self.services.items())
        files = {
            "smartctl/scan.json": json.dumps(self._scan()),
            "df.txt": self._usage(),
            "systemctl.txt": states,
        }
        index: list[dict[str, Any]] = [
            {"argv": ["smartctl", "--scan"], "stdout": "smartctl/scan.json"},
            {"argv": ["df"], "stdout": "df.txt"},
            {"argv": ["systemctl", "show"], "stdout": "systemctl.txt"},
        ]
        for disk in self.disks.values():
            answer, status = disk.smartctl()
            files[f"smartctl/{disk.name}.json"] = json.dumps(answer, indent=1)
            index.append(
                {
                    "argv": ["smartctl", f"/dev/{disk.name}"],
                    "stdout": f"smartctl/{disk.name}.json",
                    "exit_code": status,
                }
            )
        files["index.json"] = json.dumps({"commands": index}, indent=1)
        return {f"captured-commands/{path}": text for path, text in files.items()}

    def _scan(self) -> dict[str, Any]:
        """What `smartctl --scan --json` answers."""
        names = [f"/dev/{disk.name}" for disk in self.disks.values() if disk.attached]
        return {
            "json_format_version": [1, 0],
            "smartctl": {"version": [7, 3], "exit_status": 0},
            "devices": [
                {"name": name, "info_name": name, "type": "scsi", "protocol": "SCSI"} for name in names
            ],
        }

    def _usage(self) -> str:
        """What `df` answers."""
        return "Filesystem 1024-blocks Used Available Capacity Mounted on\n" + "".join(
            f"{fs.device} {fs.kib} {round(fs.kib * fs.used_percent / 100)} "
            f"{round(fs.kib * (100 - fs.used_percent) / 100)} {round(fs.used_percent)}% {at}\n"
            for at, fs in self.filesystems.items()
        )
