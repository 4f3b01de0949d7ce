"""A whole desk in real processes: appliances, mailbox, SMTP server, pager, browsers, a clock of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any

import psutil
import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.world import Appliance, Place, faked_clock
from tests.fakes.gateways import Gateway
from tests.mail_servers import PASSWORD, USER, Dovecot, SmtpSink

SUPPORT = "destek@logix.example"
CUSTOMER = "it@ege.example"
ENGINEER = "ayse@rekare.example"
PURCHASED = "2026-06-01"
#: 29 October, a public holiday, 02:00 in Istanbul.
HOLIDAY_NIGHT = datetime(2026, 10, 28, 23, 0, tzinfo=UTC)
ROLES = ("gateway", "web", "jobs", "mail")
#: Runs the commands that stand on standard input; one that fails ends it, with what it said.
_SEVERAL = """
import contextlib, io, json, sys
from logix_server.cli import cli
commands, said = json.load(sys.stdin), []
for command in commands:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        cli(command, prog_name="logix-server", standalone_mode=False)
    said.append(out.getvalue())
print(json.dumps(said))
"""
_LOGIN_PASSWORD = "dag-basinda-duman-42"


class Desk(Place):
    """One server with all its roles under `up`; every process that is started lives at `now()`."""

    def __init__(self, folder: Path, pager: Gateway | None = None, database_url: str | None = None) -> None:
        super().__init__(folder, database_url)
        self.dovecot, self.sink, self.pager = Dovecot(), SmtpSink(), pager or Gateway()
        self._ahead = timedelta()
        self._secrets: dict[str, str] = {}

    def set_up(self, begins: datetime, **settings: int | str) -> None:
        """Initialise at `begins`: one customer with one person, one of ours on call at any hour."""
        self._ahead = begins - datetime.now(UTC)
        self.later(timedelta())
        self.init(settings=self._settings(settings))
        (self.folder / "server" / "imap-password").write_text(PASSWORD)
        (self.folder / "server" / "page-secret").write_text("a secret that is long enough to sign")
        who = ("--name", "Işıl Çağlar", "--organisation", "Ege", "--role", "customer-administrator")
        us = ("--name", "Ayşe Demir", "--organisation", "Logix", "--role", "support-engineer")
        hours = ("--days", "mon-sun", "--hours", "00:00-24:00", "--from", PURCHASED)
        self.commands(
            ("customer", "add", "Ege"),
            ("person", "add", CUSTOMER, *who),
            ("person", "add", ENGINEER, *us, "--phone", "+905321234567"),
            ("rota", "add", "Gece", "--package", "profesyonel"),
            ("rota", "shift", "Gece", ENGINEER, *hours),
        )

    def commands(self, *commands: Sequence[str]) -> list[Any]:
        """Several `logix-server` commands in one process, which starts slowly; what each printed.

        Where the last word is "--json", what it answered.
        """
        done = subprocess.run(
            [sys.executable, "-c", _SEVERAL],
            env=self.environment,
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr or done.stdout
        told = json.loads(done.stdout.splitlines()[-1])
        return [
            json.loads(said) if command[-1] == "--json" else said
            for command, said in zip(commands, told, strict=True)
        ]

    def _settings(self, more: dict[str, int | str]) -> str:
        values: dict[str, int | str] = {
            "mail_address": SUPPORT,
            "smtp_host": "127.0.0.1",
            "smtp_port": self.sink.port,
            "smtp_security": "none",
            "imap_host": "127.0.0.1",
            "imap_port": self.dovecot.port,
            "imap_security": "none",
            "imap_user": USER,
            "imap_password_file": "imap-password",
        }
        if self.pager.url:
            values |= {
                "page_webhook_url": f"{self.pager.url}/page",
                "page_webhook_secret_file": "page-secret",
            }
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in (values | more).items())

    # -- the clock -------------------------------------------------------------------------------

    def now(self) -> datetime:
        """What the clocks of processes show that were started since the last `later`."""
        return datetime.now(UTC) + self._ahead

    def later(self, span: timedelta) -> None:
        """Let whatever is started from now on live so much later; the server starts anew where it runs."""
        runs = "up" in self.processes
        if runs:
            self.kill("up")
        self._ahead += span
        self.clock = faked_clock(f"{round(self._ahead.total_seconds()):+d}s")
        if runs:
            self.up()

    def later_at(self, moment: datetime) -> None:
        """The same, at a moment."""
        self.later(moment - self.now())

    # -- processes -------------------------------------------------------------------------------

    def up(self) -> None:
        """Start the server; returns when devices and browsers can reach it."""
        self.start_role("up")
        ports = (self.ports.gateway, self.ports.enrolment, self.ports.web)
        self.until("the server listens", lambda: all(self.listens(port) for port in ports))

    def kill_roles(self, *roles: str) -> None:
        """`kill -9` of roles, all at once; their ports are free when this returns."""
        killed = [self._child(role) for role in roles]
        for each in killed:
            os.killpg(each.pid, signal.SIGKILL)
        # Until they are reaped: a process that is ending has lost its words before its ports.
        self.until("they are gone", lambda: not any(each.is_running() for each in killed))

    def _child(self, role: str) -> psutil.Process:
        found: list[psutil.Process] = []

        def there() -> bool:
            found[:] = [
                each
                for each in psutil.Process(self.processes["up"].pid).children()
                if role in _words_of(each)
            ]
            return bool(found)

        self.until(f"{role} runs", there)
        return found[0]

    def install(self, serial: str, package: str) -> Appliance:
        """An appliance of the customer's, bought with `package`, connected."""
        return self.switch_on(serial, self.register_for_ege(serial, package))

    def register_for_ege(self, serial: str, package: str) -> Path:
        """A unit of the customer's that nobody has switched on yet; its bundle."""
        bundle = self.folder / f"{serial}.json"
        what = ("--customer", "Ege", "--model", "LX-500", "--purchased", PURCHASED, "--hardware", "logix")
        place = ("--installation", "Merkez", "--bundle-out", str(bundle))
        terms = ("--package", package, "--from", PURCHASED, "--years", "1")
        self.commands(("device", "register", serial, *what, *place), ("contract", "add", serial, *terms))
        return bundle

    def switch_on(self, serial: str, bundle: Path) -> Appliance:
        """A machine of that serial, enrolled with `bundle`, connected."""
        appliance = Appliance(self, serial, {})
        appliance.agent("enrol", "--bundle", str(bundle), "--serial", serial)
        appliance.start()
        self.until(f"{serial} is connected", lambda: self.holds(serial))
        return appliance

    def holds(self, serial: str) -> bool:
        """Whether a gateway holds a stream of that device; `connected`, asked of the database itself."""
        return bool(
            self.count(
                "SELECT count(*) FROM fleet_presence p JOIN fleet_unit u ON u.id = p.unit_id"
                f" WHERE p.disconnected_at IS NULL AND u.serial = '{serial}'"
            )
        )

    def close(self) -> None:
        super().close()
        self.dovecot.stop()
        self.sink.stop()

    # -- what can be read ------------------------------------------------------------------------

    def ticket(self) -> dict[str, Any]:
        """The only ticket there is, as `ticket show` tells it."""
        with self.database() as cursor:
            [[number]] = cursor.execute("SELECT number FROM tickets_ticket").fetchall()
        found: dict[str, Any] = self.ask("ticket", "show", number)
        return found

    def mailed(self) -> list[tuple[str, str]]:
        """Subject and text of each mail to the customer, doubles (one Message-ID) once."""
        once = {mail["Message-ID"]: mail for mail in self.sink.to(CUSTOMER)}
        return [words(mail) for mail in once.values()]

    def told(self, *said: str) -> bool:
        """Whether one mail to the customer says all of it."""
        return any(all(each in f"{subject}\n{text}" for each in said) for subject, text in self.mailed())

    # -- people ----------------------------------------------------------------------------------

    def sign_in_first(self, page: Page, email: str) -> None:
        """By an invitation: choose a password, sign in, set the second factor up where it is asked for."""
        page.goto(self.ask("person", "invite", email)["link"])
        for field in ("#id_password", "#id_again"):
            page.locator(field).fill(_LOGIN_PASSWORD)
        page.locator("form.card button.primary").click()
        page.locator("#id_username").fill(email)
        page.locator("#id_password").fill(_LOGIN_PASSWORD)
        page.locator("form.card button.primary").click()
        if "second-factor" in page.url:
            secret = "".join((page.locator("form.card code").text_content() or "").split())
            page.locator("#id_code").fill(pyotp.TOTP(secret).at(self.now()))
            page.locator("form.card button.primary").click()
            page.locator("a.button.primary").click()


def _words_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def words(mail: Message) -> tuple[str, str]:
    """Subject and text of a mail."""
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    body = text.get_payload(decode=True)
    assert isinstance(body, bytes)
    return str(make_header(decode_header(mail["Subject"]))), body.decode()


def unfolded(header: str) -> str:
    """A header on one line."""
    return " ".join(header.split())


@contextmanager
def browsing() -> Iterator[Browser]:
    """Debian's Chromium; skips where there is none."""
    if shutil.which("chromium") is None:
        pytest.skip("needs Chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=60_000)  # how long matters only where it fails
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        yield browser
        browser.close()


def window(browser: Browser, desk: Desk, *, phone: bool = False) -> Page:
    """A browser of somebody's own, before the desk's pages, in Turkish."""
    size = {"width": 360, "height": 740} if phone else {"width": 1280, "height": 900}
    context = browser.new_context(
        base_url=f"http://localhost:{desk.ports.web}",
        viewport=size,  # type: ignore[arg-type]
        locale="tr-TR",
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    return context.new_page()
