"""`logix-server ticket attachment`: files of a ticket, listed and taken out."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import click
from logix_common.errors import InvalidInput

from logix_server import console
from logix_server.accounts.access import operator
from logix_server.blobs import BlobRef, BlobStoreFailed
from logix_server.tickets.files import taking_out
from logix_server.tickets.files.attachments import Opened
from logix_server.tickets.models import Attachment

COLUMNS = ("id", "name", "size", "origin", "public", "created_at", "kept_until")


@click.group(cls=console.Group)
def attachment() -> None:
    """Files of a ticket."""


def _row(found: Attachment) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "content_type": found.content_type,
        "size": found.size,
        "sha256": found.sha256,
        "origin": found.origin,
        "public": found.public,
        "uploaded_by": found.uploaded_by,
        "created_at": found.created_at,
        "kept_until": found.expires_at,
        "removed_at": found.removed_at,
    }


@attachment.command("list")
@click.argument("number")
@console.page_options
@console.json_option
def list_(*, number: str, limit: int, offset: int, as_json: bool) -> None:
    """List what is attached to a ticket; what is no longer kept stays listed."""
    found = taking_out.attachments_of(number, limit=limit, offset=offset)
    console.print_rows([_row(one) for one in found], as_json, COLUMNS)


@attachment.command("get")
@click.argument("number")
@click.argument("attachment_id", type=int, metavar="ID")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="A new file, for you alone (0600)."
)
def get(number: str, attachment_id: int, out: Path) -> None:
    """Write an attachment to a file; that you did is in the audit. Never trust what it holds."""
    viewer = operator(console.operator())
    opened, ref = taking_out.take_out(viewer, number, attachment_id, console.now())
    _write(opened, ref, out)
    click.echo(f"{out}: {ref.size} bytes of {opened.name}")


def _write(opened: Opened, ref: BlobRef, out: Path) -> None:
    """Copy it whole and as it was stored, or leave nothing."""
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InvalidInput("--out", f"{out} cannot be made ({error.strerror}); name a new file") from error
    digest = hashlib.sha256()
    try:
        with os.fdopen(descriptor, "wb") as file, opened.content as content:
            while piece := content.read(256 * 1024):
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != ref.sha256:
            raise BlobStoreFailed(f"{opened.name}: is not what was stored; restore blobs/ from a backup")
    except BaseException:  # whatever ended it, no half file stays
        out.unlink(missing_ok=True)
        raise
