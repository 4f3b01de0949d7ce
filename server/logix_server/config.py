"""The server's configuration: one TOML file and three environment variables, read here and nowhere else.

Environment: `LOGIX_DATA` (the data directory, default `./logix-data`), `LOGIX_DATABASE_URL` (default:
SQLite in the data directory; `postgresql://…` for PostgreSQL), `LOGIX_CONFIG` (default `server.toml`
in the data directory).
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from logix_common.errors import InvalidInput

from logix_server.setting_values import checked


@dataclass(frozen=True)
class ServerConfig:
    """Every setting. Ports: 0 means "any free one" and is for tests only. Durations in seconds."""

    data: Path
    database_url: str
    trust_domain: str = "logix.example"
    public_host: str = "localhost"  # name or address by which appliances reach us; in the server certificate
    bind: str = "127.0.0.1"  # of the two device ports
    web_bind: str = "127.0.0.1"  # plain HTTP: let a proxy that speaks TLS stand before it
    web_origin: str = ""  # as browsers see the pages behind that proxy, "https://support.example.com"
    gateway_port: int = 7443
    enrolment_port: int = 7444
    web_port: int = 8080
    metrics_port: int = 9464
    gateway_id: str = "gateway-1"
    heartbeat_seconds: int = 60
    max_message_bytes: int = 1_048_576
    max_batch_entries: int = 500
    max_streams: int = 12_000
    rate_messages_per_second: float = 50.0  # per device, sustained
    rate_burst: int = 200
    enrolment_tries_per_minute: int = 20  # per peer address
    certificate_days: int = 90
    renewal_grace_days: int = 30
    silent_after_seconds: int = 900
    silent_ticket_after_seconds: int = 86_400
    mass_silence_count: int = 10  # at least so many …
    mass_silence_fraction: float = 0.2  # … and at least this part of those that were there
    report_days: int = 7  # raw health kept
    rollup_days: int = 400
    diagnostics_days: int = 90  # bundles of devices kept with their tickets
    attachment_max_mb: int = 20  # of one file that a person attaches to a ticket
    attachment_days: int = 730  # files of people kept after their ticket was closed
    office_hours: str = "mon-fri 09:00-17:00"  # 5x8 (Reading 4), Europe/Istanbul
    half_day_ends: str = "13:00"  # when work ends on a half day
    renewal_notice_days: tuple[int, ...] = (90, 30, 7)  # ahead of the end of what is renewed
    life_cycle_notice_days: tuple[int, ...] = (365, 180, 90, 30)  # ahead of what we announce (LIF-4)
    module_grace_days: int = 14  # modules go on so long after a lapse was seen (UPD-6)
    # More units than this, and than this part of all, lose modules in a day only once a person has looked.
    module_mass_count: int = 20
    module_mass_fraction: float = 0.1
    # People (docs/accounts.md).
    web_proxy: str = ""  # the proxy's address as we see it: who says "X-Forwarded-For" there is believed
    vendor_session_seconds: int = 43_200  # of ours: from the sign-in on …
    vendor_idle_seconds: int = 7_200  # … and without anything done
    session_seconds: int = 604_800  # of customers and dealers
    idle_seconds: int = 86_400
    invitation_seconds: int = 259_200
    password_reset_seconds: int = 3_600
    sign_in_days: int = 180  # sessions that are over are kept, with address and device
    invitation_days: int = 30  # invitations that are used or over are kept
    stopped_person_days: int = 730  # then people who were stopped are erased; 0 = never by itself
    # Mail (docs/mail.md). Password files: beside server.toml where no absolute path is given.
    mail_address: str = ""  # ours, "destek@logix.example"; answers come back to it; "" = support@public_host
    mail_name: str = "Logix Destek"  # shown beside it
    smtp_host: str = ""  # "" = nothing is sent; what is queued waits
    smtp_port: int = 587
    smtp_security: str = "starttls"  # starttls, tls, or none on this very machine
    smtp_user: str = ""
    smtp_password_file: str = ""
    smtp_sender: str = ""  # of the envelope, where bounces go; "" = mail_address
    smtp_give_up_days: int = 5
    imap_host: str = ""  # "" = no mailbox is read
    imap_port: int = 993
    imap_security: str = "tls"  # as smtp_security
    imap_user: str = ""
    imap_password_file: str = ""
    imap_folder: str = "INBOX"
    imap_done_folder: str = "Logix-Done"
    imap_poll_seconds: int = 60
    mail_listener: str = "off"  # lmtp or smtp: take mails in from the mail server beside us
    mail_listen_bind: str = "127.0.0.1"
    mail_listen_port: int = 8024
    mail_listen_connections: int = 20  # at once
    mail_listen_per_minute: int = 300  # mails of one peer
    mail_max_mb: int = 25  # of one mail that comes in
    mail_authserv_id: str = ""  # of the Authentication-Results that our own mail server writes (RFC 8601)
    mail_answers_per_hour: int = 4  # automatic ones to one address, and for one ticket
    mail_tickets_per_hour: int = 20  # that one sender opens by mail; more wait for a person
    mail_messages_per_hour: int = 60  # that one sender writes to tickets by mail; more wait for a person
    mail_new_tickets_to: str = ""  # our own address that is told of every new ticket
    mail_ignored_days: int = 90  # mails that were ignored or discarded are kept
    mail_notices_minutes: int = 30  # what is told to an organisation is gathered so long, one mail a day
    # Paging and escalation (docs/oncall.md). Files: beside server.toml where no absolute path is given.
    escalation_steps: tuple[str, ...] = (
        "profesyonel 1 0% oncall page",
        "profesyonel 2 0% oncall page outside-hours",
        "* * 50% assignee mail",
        "* * 80% assignee mail",
        "profesyonel 1 80% manager page",
        "profesyonel 2 80% oncall page",
        "* * 100% manager mail",
        "profesyonel 2 100% manager page",
    )
    page_step_minutes: int = 5  # until the next person is called
    page_repeats: int = 2  # so often the rota is climbed before everyone is called
    page_timeout_seconds: int = 10  # of one request
    page_ca_file: str = ""  # who signed the certificates of the channels; "" = the system's authorities
    page_webhook_url: str = ""  # "" = no webhook
    page_webhook_secret_file: str = ""  # at least 32 bytes
    page_sms_url: str = ""  # with {phone}, {text}, {key}, {secret}; "" = no text messages
    page_sms_body: str = ""  # "" = GET without one
    page_sms_content_type: str = "application/x-www-form-urlencoded"
    page_sms_authorization: str = ""  # the header, such as "Bearer {secret}"
    page_sms_secret_file: str = ""
    page_sms_expects: str = ""  # what an answer holds that took the message
    debug: bool = False

    @property
    def pki(self) -> Path:
        """Where keys and CA certificates lie, 0700."""
        return self.data / "pki"

    @property
    def statement_keys(self) -> Path:
        """Where the keys lie that sign module statements, 0700; apart from the authority's."""
        return self.data / "statement-keys"

    @property
    def blobs(self) -> Path:
        """Where attachments lie, 0700."""
        return self.data / "blobs"

    @property
    def uploads(self) -> Path:
        """Where a gateway keeps what has come of uploads under way, 0700."""
        return self.data / "uploads"

    @property
    def support_address(self) -> str:
        """Whom our mails are from, and where answers go."""
        return (self.mail_address or f"support@{self.public_host}").lower()

    @property
    def origin(self) -> str:
        """Where a link in a message leads: the pages as people reach them."""
        return self.web_origin or f"http://{self.public_host}:{self.web_port}"

    @property
    def mail_is_used(self) -> bool:
        """Whether the settings give the mail role anything to do."""
        return bool(self.smtp_host or self.imap_host or self.mail_listener != "off")

    @property
    def secret_key_file(self) -> Path:
        """Django's secret, made by `init`."""
        return self.data / "secret-key"


_ENVIRONMENT_ONLY = {"data", "database_url"}


def load(environment: Mapping[str, str] | None = None) -> ServerConfig:
    """Read and validate the configuration; raises `InvalidInput` naming file, key and expectation."""
    env = os.environ if environment is None else environment
    data = Path(env.get("LOGIX_DATA", "logix-data")).absolute()
    path = Path(env.get("LOGIX_CONFIG", str(data / "server.toml")))
    values = _read(path) if path.exists() or "LOGIX_CONFIG" in env else {}
    database_url = env.get("LOGIX_DATABASE_URL") or f"sqlite:///{data / 'logix.sqlite3'}"
    return ServerConfig(data=data, database_url=database_url, **values)


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(str(path), f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(str(path), f"is not TOML ({error})") from error
    known = {f.name: f.type for f in fields(ServerConfig) if f.name not in _ENVIRONMENT_ONLY}
    for key, value in raw.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InvalidInput(f"{path}: {key}", f"unknown key{hint}")
        raw[key] = checked(f"{path}: {key}", key, value, str(known[key]))
    return raw


@cache
def current() -> ServerConfig:
    """The configuration of this process, read once."""
    return load()
