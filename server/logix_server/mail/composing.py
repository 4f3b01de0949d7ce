"""A queued mail as bytes for SMTP: text and HTML, and the headers that keep machines from answering."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from logix_server.mail.models import OutgoingMail

#: A mail that carries this one came from us: whoever sends it back starts no loop.
LOOP_HEADER: Final = "X-Loop"


def compose(mail: OutgoingMail, support: str, name: str) -> bytes:
    """The mail, CRLF line ends, every line short and in ASCII. The same bytes each time it is tried."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = Address(name, addr_spec=support)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.message_id}>"
    if mail.reply_to:
        message["Reply-To"] = Address(name, addr_spec=mail.reply_to)
    if mail.in_reply_to:
        message["In-Reply-To"] = f"<{mail.in_reply_to}>"
    if mail.references:
        message["References"] = " ".join(f"<{one}>" for one in mail.references)
    if mail.automatic != OutgoingMail.Automatic.NO:
        message["Auto-Submitted"] = mail.automatic  # RFC 3834, section 5
        message["X-Auto-Response-Suppress"] = "All"  # what Exchange heeds instead
    message[LOOP_HEADER] = support
    message["Content-Language"] = mail.language
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{mail.message_id.partition('@')[0]}")
    return message.as_bytes()
