"""A queued mail as bytes for SMTP: text and HTML, and the headers that keep machines from answering."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from logix_server.mail.models import OutgoingMail

#: A mail that carries this one came from us: whoever sends it back starts no loop.
LOOP_HEADER: Final = "X-Loop"


#: A word in code (RFC 2047): the library reads what is set, and would write what stands in it as it is.
_IN_CODE: Final = "=?"
_ID: Final = re.compile(r"[!-~]{1,250}\Z")


def compose(mail: OutgoingMail, support: str, name: str) -> bytes:
    """The mail, CRLF line ends, every line short and in ASCII. The same bytes each time it is tried."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = Address(name, addr_spec=support)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject.replace(_IN_CODE, "= ?")
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.message_id}>"
    if mail.reply_to:
        message["Reply-To"] = Address(name, addr_spec=mail.reply_to)
    if _harmless(mail.in_reply_to):
        message["In-Reply-To"] = f"<{mail.in_reply_to}>"
    if references := [f"<{one}>" for one in mail.references if _harmless(one)]:
        message["References"] = " ".join(references)
    if mail.automatic != OutgoingMail.Automatic.NO:
        message["Auto-Submitted"] = mail.automatic  # RFC 3834, section 5
        message["X-Auto-Response-Suppress"] = "All"  # what Exchange heeds instead
    message[LOOP_HEADER] = support
    message["Content-Language"] = mail.language
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{mail.message_id.partition('@')[0]}")
    return message.as_bytes()


def _harmless(message_id: str) -> bool:
    """Whether a Message-ID, which others have made up, may stand in a header of ours."""
    return bool(_ID.match(message_id)) and _IN_CODE not in message_id
