"""Real mail servers on loopback for tests: dovecot with one mailbox, and an SMTP server that keeps all."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from imapclient import IMAPClient

from tests.ports import free_port

USER, PASSWORD = "destek", "mailbox-password"
#: Debian's 2.3; 2.4 reads another configuration.
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 0
mail_location = maildir:{folder}/home/Maildir
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
"""


def dovecot_available() -> bool:
    """Whether a dovecot is here whose configuration we write."""
    program = _dovecot()
    if program is None:
        return False
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return version.startswith("2.3.")


def _dovecot() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Dovecot:
    """A dovecot of its own in a temporary folder, stopped with `stop`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="logix-dovecot-"))
        self.port = free_port()
        self._write_configuration()
        program = _dovecot()
        assert program is not None
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(self.folder / "dovecot.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _write_configuration(self) -> None:
        root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid())
        owner = pwd.getpwnam("nobody") if root else me
        internal = "dovecot" if root else me.pw_name
        values = {
            "folder": self.folder,
            "port": self.port,
            "password": PASSWORD,
            "uid": owner.pw_uid,
            "gid": owner.pw_gid,
            "internal": internal,
            "group": internal if root else subprocess.check_output(["id", "-gn"], text=True).strip(),
            "login": "dovenull" if root else me.pw_name,
        }
        self.folder.chmod(0o755)
        home = self.folder / "home"
        home.mkdir()
        if root:
            os.chown(home, owner.pw_uid, owner.pw_gid)
        (self.folder / "dovecot.conf").write_text(CONFIGURATION.format(**values))

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                with self.client():
                    return
            except Exception as error:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                if time.monotonic() > deadline:
                    raise AssertionError("dovecot does not answer") from error
                time.sleep(0.05)

    @contextlib.contextmanager
    def client(self) -> Iterator[Any]:
        """Somebody else who looks at the mailbox."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=30)
        client.login(USER, PASSWORD)
        try:
            yield client
        finally:
            client.logout()

    def deliver(self, *mails: bytes) -> None:
        """Put mails into INBOX."""
        with self.client() as client:
            for mail in mails:
                client.append("INBOX", mail)

    def count(self, folder: str) -> int:
        """How many mails a folder holds; 0 where there is none of that name."""
        with self.client() as client:
            if not client.folder_exists(folder):
                return 0
            return int(client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"])

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class SmtpSink:
    """Takes every mail; `refuse` may answer for an address, `took` is called after one was kept."""

    def __init__(self, port: int = 0) -> None:
        self.mails: list[tuple[str, str, Message]] = []
        self.refuse: Callable[[str], str | None] = lambda to: None
        self.took: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=port or free_port())
        self._controller.start()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.refuse(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        with self._lock:
            for to in envelope.rcpt_tos:
                self.mails.append((envelope.mail_from or "", to, message_from_bytes(envelope.content)))
        self.took()
        return "250 OK"

    def to(self, address: str) -> list[Message]:
        """What was sent to an address, in order."""
        with self._lock:
            return [mail for _, to, mail in self.mails if to == address]

    def stop(self) -> None:
        self._controller.stop()
