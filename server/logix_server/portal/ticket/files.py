"""Attachments: served as downloads only, and taken from forms piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase

from logix_server.accounts.access import NotFound, Viewer
from logix_server.blobs import BlobMissing
from logix_server.portal.pages import page
from logix_server.tickets.files.attachments import Accepted, Upload, accept, open_attachment


@page()
def download(_request: HttpRequest, viewer: Viewer, attachment_id: int) -> HttpResponseBase:
    """A file for whoever may see it: saved, never shown, whatever it claims to be."""
    try:
        opened = open_attachment(viewer, attachment_id)
    except BlobMissing as error:
        raise NotFound(f"attachment {attachment_id}") from error
    response = FileResponse(
        opened.content.__enter__(),  # the answer closes it
        as_attachment=True,
        filename=opened.name,
        content_type=opened.content_type,
    )
    response.headers["Content-Length"] = str(opened.size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def taken(files: Iterable[Any]) -> tuple[Accepted, ...]:
    """Check and store the files of a form. Raises `InvalidInput` naming the one that is not taken."""
    return accept([Upload(file.name, file.chunks()) for file in files])
