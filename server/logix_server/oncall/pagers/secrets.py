"""Secrets of channels: files, read whenever they are needed, so that a new one holds at once."""

from __future__ import annotations

from pathlib import Path

from logix_server.oncall.pagers.port import PagerFailed

_MOST_BYTES = 4_096


def read(path: Path, least: int = 1) -> str:
    """The secret in `path` without blanks around it. Raises `PagerFailed`, never saying what it holds."""
    try:
        with path.open("rb") as stream:
            secret = stream.read(_MOST_BYTES + 1).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PagerFailed(f"{path}: the secret cannot be read ({type(error).__name__})") from error
    if not least <= len(secret.encode()) <= _MOST_BYTES:
        raise PagerFailed(f"{path}: expected a secret of at least {least} bytes")
    return secret
