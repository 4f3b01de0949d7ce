"""The files of a mail that a ticket takes: by the same rules as any other, the rest stays in the raw mail."""

from __future__ import annotations

from logix_common.errors import LogixError

from logix_server import blob_directory
from logix_server.blobs import BlobRef
from logix_server.config import current
from logix_server.mail.models import IncomingFile, IncomingMail
from logix_server.tickets.files import kinds, names
from logix_server.tickets.files.attachments import MOST_FILES, Accepted

_MEGABYTE = 1024 * 1024


def accepted_files(mail: IncomingMail) -> tuple[Accepted, ...]:
    """The mail's files that a ticket takes; the names of the others are noted in `content["left_out"]`."""
    taken: list[Accepted] = []
    left_out: list[str] = list(mail.content.get("left_out", []))
    for file in mail.files.order_by("id"):
        one = _accepted(file) if len(taken) < MOST_FILES else None
        if one is None:
            left_out.append(file.name)
        else:
            taken.append(one)
    mail.content["left_out"] = list(dict.fromkeys(left_out))
    return tuple(taken)


def _accepted(file: IncomingFile) -> Accepted | None:
    ref = BlobRef(file.sha256, file.size)
    if not 0 < ref.size <= current().attachment_max_mb * _MEGABYTE:
        return None
    try:
        name = names.cleaned(file.name)
        with blob_directory.store().open(ref) as stream:
            kind = kinds.kind_of(name, stream.read(kinds.LOOKED_AT))
    except LogixError:  # a name that is none, or a blob that is gone: one file, not the mail
        return None
    return Accepted(name, kind.content_type, ref) if kind else None
