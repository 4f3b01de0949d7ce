"""The main job on one machine: one server, five appliances, a failing disk, the right tickets.

`python -m tools.demo` goes on running until Ctrl-C; with `--once` it checks the stored result against
the story and exits: 0 when all holds, 1 saying what did not. Everything is written below `.demo/`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import secrets
import signal
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from logix_common.findings import title_of
from rich.console import Console
from rich.table import Table

from tools.demo_story import CAST, HERE, LAPSED, PROFESYONEL, STANDART, TEMEL, Appliance, violations
from tools.demo_world import BIN, DemoFailure, Ports, World, take
from tools.simulated_machine import SimulatedMachine

ROOT = Path(__file__).resolve().parent.parent
ISTANBUL = ZoneInfo("Europe/Istanbul")
ADMIN = "admin"


class Demo:
    """The story, told on a terminal as it happens."""

    def __init__(self, world: World, console: Console) -> None:
        self.world = world
        self.console = console
        self.password = secrets.token_urlsafe(12)
        self.machines: dict[str, SimulatedMachine] = {}
        self.begun = time.monotonic()

    def tell(self, text: str) -> None:
        self.console.print(f"[dim]{time.monotonic() - self.begun:6.1f}s[/dim]  {text}", highlight=False)

    def start_server(self) -> None:
        ports = self.world.ports
        self.tell("making the server: CA, keys, database")
        addresses = [f"--{name}-port={port}" for name, port in vars(ports).items()]
        self.world.server("init", f"--admin={ADMIN}", *addresses, LOGIX_ADMIN_PASSWORD=self.password)
        self.world.start("server", BIN / "logix-server", "up")
        self.world.until("the server is up", self._healthy)
        self.tell(f"server up: gateway {ports.gateway}, enrolment {ports.enrolment}, web {ports.web}")

    def _healthy(self) -> bool:
        import urllib.error
        import urllib.request

        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.world.ports.web}/healthz", timeout=5
            ) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def install(self, appliance: Appliance) -> None:
        """Register the appliance, enrol its agent with the one-time token, and start it."""
        today = datetime.now(ISTANBUL).date()
        folder = self.world.folder / "appliances" / appliance.serial
        folder.mkdir(parents=True)
        server = self.world.server
        server("customer", "add", appliance.customer, "--email", f"it@{appliance.serial.lower()}.example")
        bundle = folder / "bundle.json"
        server(
            *("device", "register", appliance.serial, "--customer", appliance.customer),
            *("--model", "Logix LX-500", "--purchased", appliance.purchased_on(today).isoformat()),
            *("--hardware", "logix", "--bundle-out", str(bundle)),
        )
        for bought in appliance.purchases:
            start = (today - timedelta(days=bought.days_ago)).isoformat()
            terms = ("--from", start, "--years", str(bought.years))
            if bought.package:
                server("contract", "add", appliance.serial, "--package", bought.package, *terms)
            else:
                server("contract", "renew", appliance.serial, *terms)
        config = self._agent_config(appliance, folder)
        self._agent("enrol", "--bundle", str(bundle), "--serial", appliance.serial, config=config)
        agent = BIN / "logix-agent"
        self.world.start(f"agent-{appliance.serial}", agent, "run", "--config", config)
        self.tell(f"{appliance.serial} enrolled: {appliance.customer} ({appliance.story})")

    def _agent_config(self, appliance: Appliance, folder: Path) -> Path:
        settings: dict[str, Any] = {
            "state_dir": str(folder / "state"),
            "health_interval_seconds": 5,
            "finding_interval_seconds": 1,
            "smart_interval_seconds": 1 if appliance.simulated else 60,
            "debounce_raise": 2,
            "debounce_clear": 3,
        }
        if appliance.simulated:
            self.machines[appliance.serial] = SimulatedMachine(folder / "sysroot", serial=appliance.serial)
            settings["sysroot"] = str(folder / "sysroot")
        config = folder / "agent.toml"
        # Every value is a string or a number, and JSON writes those as TOML does.
        config.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items()))
        return config

    def _agent(self, *arguments: str, config: Path) -> None:
        import subprocess

        done = subprocess.run(
            [BIN / "logix-agent", *arguments, "--config", config],
            env=self.world.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        if done.returncode:
            raise DemoFailure(f"logix-agent {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")

    def faults(self, appliance: Appliance) -> list[dict[str, Any]]:
        return [fault for fault in self.world.ask("fault", "list") if fault["device"] == appliance.serial]

    def ticket(self, appliance: Appliance) -> dict[str, Any] | None:
        tickets = self.world.ask("ticket", "list")
        return next((ticket for ticket in tickets if ticket["device"] == appliance.serial), None)

    def connect(self) -> None:
        serials = {appliance.serial for appliance in CAST}

        def all_there() -> bool:
            devices = self.world.ask("device", "list")
            return serials <= {device["serial"] for device in devices if device["link"] == "connected"}

        self.world.until("all five appliances are connected", all_there)
        self.tell("all five appliances hold their stream and report health, versions and patch level")

    def fail_disks(self) -> None:
        self.machines[TEMEL.serial].fail_disk("sdb", pending=24)
        self.machines[PROFESYONEL.serial].fail_disk("sdb", pending=16)
        self.machines[LAPSED.serial].fail_disk("sdb", pending=40)
        self.machines[STANDART.serial].wear_disk("sdb", reallocated=6)
        self.tell("a disk fails on each of the four simulated appliances")
        for appliance in (TEMEL, STANDART, PROFESYONEL):
            self.world.until(
                f"a ticket for {appliance.serial}", lambda each=appliance: self.ticket(each) is not None
            )
            ticket = self.ticket(appliance)
            assert ticket is not None
            due = when(ticket["deadline"]) if ticket["deadline"] else "no committed time"
            self.tell(f"  {ticket['number']} {appliance.serial} level {ticket['level']}, {due}")
        self.world.until("the lapsed customer is refused", lambda: self._decided(LAPSED))
        self.tell(f"  {LAPSED.serial} refused: {', '.join(self.faults(LAPSED)[0]['clauses'])}")

    def _decided(self, appliance: Appliance) -> bool:
        return any(fault["covered"] is not None for fault in self.faults(appliance))

    def lose_member(self) -> None:
        self.machines[PROFESYONEL.serial].lose_raid_member("sdb")
        self.tell(f"{PROFESYONEL.serial}: the RAID array drops the same disk")

        def joined() -> bool:
            return len([fault for fault in self.faults(PROFESYONEL) if fault["ticket"]]) == 2

        self.world.until("the array's fault joins the disk's ticket", joined)
        self.tell("  joined the disk's ticket; nobody is woken twice")

    def get_worse(self) -> None:
        self.machines[STANDART.serial].wear_disk("sdb", reallocated=60)
        self.tell(f"{STANDART.serial}: the worn disk gets worse (6 -> 60 reallocated sectors)")
        self.world.until("the level rises", lambda: (self.ticket(STANDART) or {}).get("level") == 2)
        self.tell("  level 3 -> 2; the deadline is reckoned anew from the ticket's history")

    def recover(self) -> None:
        self.machines[TEMEL.serial].recover_disk("sdb")
        self.tell(f"{TEMEL.serial}: the disk answers healthy again")
        self.world.until(
            "the recovery is noted",
            lambda: any(fault["state"] == "recovered" for fault in self.faults(TEMEL)),
        )
        self.tell("  noted as recovered, to be verified; an engineer closes the ticket, not the disk")

    def table(self) -> None:
        tickets = {ticket["number"]: ticket for ticket in self.world.ask("ticket", "list")}
        table = Table(title="What the contract made of it", show_lines=True)
        for column in ("device", "package", "fault", "level", "deadline or refusal", "clauses"):
            table.add_column(column, overflow="fold")
        names = {appliance.serial: appliance for appliance in CAST}
        for fault in sorted(self.world.ask("fault", "list"), key=lambda each: each["device"]):
            appliance = names[fault["device"]]
            ticket = tickets.get(fault["ticket"])
            if ticket:
                due = when(ticket["deadline"]) if ticket["deadline"] else "no committed time"
                answer, level = f"{ticket['number']}\n{due}", str(ticket["level"])
                clauses = ticket["clauses"] + ticket["level_clauses"] + ticket["deadline_clauses"]
                package = ticket["package"] or "-"
            else:
                answer, level = f"refused: {fault['reason'].get('en', '')}", "-"
                clauses, package = fault["clauses"], "-"
            state = " (recovered, to be verified)" if fault["state"] == "recovered" else ""
            told = f"{title_of(fault['code'], 'en')}{state}\n{fault['part']}"
            cells = (f"{fault['device']}\n{appliance.story}", package, told, level)
            table.add_row(*cells, answer, ", ".join(dict.fromkeys(clauses)))
        here = [fault for fault in self.world.ask("fault", "list") if fault["device"] == HERE.serial]
        if not here:
            table.add_row(f"{HERE.serial}\n{HERE.story}", "temel", "none", "-", "-", "-")
        self.console.print(table)

    def run(self) -> None:
        self.start_server()
        for appliance in CAST:
            self.install(appliance)
        self.connect()
        self.fail_disks()
        self.lose_member()
        self.get_worse()
        self.recover()
        self.table()

    def verify(self) -> list[str]:
        ask = self.world.ask
        return violations(ask("ticket", "list"), ask("fault", "list"), ask("device", "list"))


def when(text: str) -> str:
    """A stored moment as people here read it."""
    return datetime.fromisoformat(text).astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M")


def stay(demo: Demo) -> None:
    """Keep everything running until Ctrl-C, or say what ended by itself."""
    web = demo.world.ports.web
    demo.console.print(
        f"\nWeb: http://localhost:{web}/   log in as [bold]{ADMIN}[/bold] / [bold]{demo.password}[/bold]"
    )
    demo.console.print("The first sign-in sets up a second factor: any authenticator (TOTP) will do.")
    demo.console.print("Running until Ctrl-C.")
    while True:
        demo.world.check_alive()
        time.sleep(1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="check the result against the story and exit")
    once = parser.parse_args().once
    console = Console(width=None if sys.stdout.isatty() else 140)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    world: World | None = None
    try:
        ports, folder = Ports.from_environment(), ROOT / ".demo"
        take(folder)
        world = World(folder, ports)
        demo = Demo(world, console)
        demo.run()
        if not once:
            stay(demo)
        wrong = demo.verify()
        for line in wrong:
            print(f"does not hold: {line}", file=sys.stderr)
        if not wrong:
            console.print(f"The stored result holds; {time.monotonic() - demo.begun:.0f} s.")
        return 1 if wrong else 0
    except DemoFailure as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130 if once else 0
    finally:
        if world is not None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            with contextlib.suppress(KeyboardInterrupt):
                world.close()


if __name__ == "__main__":
    sys.exit(main())
