"""The parts as a tar.gz with a manifest that names each, never larger than may be sent."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from logix_common.diagnostics import MAX_BUNDLE_BYTES
from logix_common.errors import LogixError

from logix_agent.diagnostics.facts import Asked, Bundle, Part

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
#: Bytes of all parts together. What cannot be compressed at all still fits: deflate adds 5 bytes to 16 KiB
#: (RFC 1951 section 3.2.4), tar less than 2 KiB to a part.
ALL_BYTES: Final = MAX_BUNDLE_BYTES - 1_000_000
MOST_PARTS: Final = 200


def write(path: Path, asked: Asked, parts: Sequence[Part], made_us: int) -> Bundle:
    """Write the bundle at `path`, whole and durable or not at all; `made_us`: the machine's wall clock.

    Raises `OSError` where the disk does not take it, `LogixError` where it came out too large.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            _pack(file, asked, parts, made_us)
            file.flush()
            os.fsync(file.fileno())
        bundle = measured(temporary)
        if bundle.size > MAX_BUNDLE_BYTES:
            raise LogixError(f"the bundle has {bundle.size} bytes, more than may be sent")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return bundle


def measured(path: Path) -> Bundle:
    """Size and digest of what lies at `path`; raises `OSError`."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(256 * 1024):
            digest.update(piece)
            size += len(piece)
    return Bundle(size, digest.hexdigest())


def _pack(file: BinaryIO, asked: Asked, parts: Sequence[Part], made_us: int) -> None:
    left = ALL_BYTES
    listed: list[dict[str, Any]] = []
    packed: list[tuple[str, bytes]] = []
    for part in parts[:MOST_PARTS]:
        whole = part.text.encode("utf-8", "replace")
        content = whole[: max(left, 0)]
        left -= len(content)
        listed.append(_entry(part, len(content), cut=len(content) < len(whole)))
        if content:
            packed.append((part.name, content))
    manifest = {
        "format": FORMAT,
        "made_us": made_us,
        "ticket": asked.ticket,
        "codes": list(asked.codes),
        "parts_at_fault": list(asked.parts),
        "left_out": max(0, len(parts) - MOST_PARTS),
        "parts": listed,
    }
    told = json.dumps(manifest, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    made = made_us // 1_000_000
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=made) as packer,
        tarfile.open(fileobj=packer, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in [(MANIFEST, told), *packed]:
            entry = tarfile.TarInfo(f"diagnostics/{name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, made
            archive.addfile(entry, io.BytesIO(content))


def _entry(part: Part, size: int, *, cut: bool) -> dict[str, Any]:
    """What the manifest says of a part; one without content is not in the archive."""
    return {
        "name": part.name,
        "source": part.source[:500],
        "bytes": size,
        "exit_code": part.exit_code,
        "seconds": part.seconds,
        "truncated": part.truncated or cut,
        "problem": part.problem[:500],
        "secrets_removed": part.redactions,
    }
