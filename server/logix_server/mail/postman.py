"""The port for handing a mail over, and SMTP behind it."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from logix_common.errors import InvalidInput, LogixError

from logix_server.config import ServerConfig

TIMEOUT_SECONDS: Final = 30


class Unreachable(LogixError):
    """The mail was not taken over now; another try may succeed."""


class Returned(LogixError):
    """The mail will never be taken over as it is: its address, or the mail itself, is refused."""


class Postman(Protocol):
    """Hands mails over, one at a time; not shared between threads."""

    def hand_over(self, sender: str, to: str, mail: bytes) -> None:
        """The other side has taken the mail over when this returns. Raises `Unreachable`, `Returned`."""

    def close(self) -> None:
        """End what stands."""


class SmtpPostman:
    """SMTP to the server of the settings. One connection for what is sent together."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._connection: smtplib.SMTP | None = None

    def hand_over(self, sender: str, to: str, mail: bytes) -> None:
        """See `Postman`."""
        with self._ours():
            connection = self._connection = self._connection or self._connected()
            connection.sendmail(sender, [to], mail)

    def close(self) -> None:
        """See `Postman`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()

    @contextlib.contextmanager
    def _ours(self) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPRecipientsRefused as error:
            self._reset()
            code, words = next(iter(error.recipients.values()))
            raise _refusal(code, words) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused) as error:
            # Our own settings are wrong, not the mail: it waits until they are put right.
            self.close()
            raise Unreachable(_said(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPDataError as error:
            self._reset()
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            self._connection = None
            raise Unreachable(f"{type(error).__name__}: {error}"[:500]) from error

    def _reset(self) -> None:
        if self._connection is not None:
            try:
                self._connection.rset()
            except (smtplib.SMTPException, OSError):
                self._connection = None

    def _connected(self) -> smtplib.SMTP:
        config = self._config
        require_private(config.smtp_host, config.smtp_security, "smtp_security")
        context = ssl.create_default_context()
        if config.smtp_security == "tls":
            secure = smtplib.SMTP_SSL(
                config.smtp_host, config.smtp_port, timeout=TIMEOUT_SECONDS, context=context
            )
            return self._signed_in(secure)
        plain = smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=TIMEOUT_SECONDS)
        if config.smtp_security == "starttls":
            plain.starttls(context=context)
        return self._signed_in(plain)

    def _signed_in(self, connection: smtplib.SMTP) -> smtplib.SMTP:
        config = self._config
        if config.smtp_user:
            connection.login(config.smtp_user, password(config, config.smtp_password_file))
        return connection


def password(config: ServerConfig, name: str) -> str:
    """What a password file holds, without the line end. Raises `InvalidInput`."""
    path = Path(name) if Path(name).is_absolute() else config.data / name
    if not name:
        raise InvalidInput("password file", "a user is set, but no password file")
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(str(path), "the password file cannot be read") from error


def require_private(host: str, security: str, key: str) -> None:
    """Raises `InvalidInput` where words and passwords would cross a network in the clear."""
    if security == "none" and host not in ("localhost", "127.0.0.1", "::1"):
        raise InvalidInput(key, f'"none" is for this very machine; {host} needs "starttls" or "tls"')


def _refusal(code: int, words: bytes | str) -> LogixError:
    """4xx passes, 5xx stays (RFC 5321, section 4.2.1)."""
    said = _said(code, words)
    return Returned(said) if 500 <= code < 600 else Unreachable(said)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"[:500]
