"""Raw mails as customers send them."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

SUPPORT = "support@localhost"


def raw(
    sender: str,
    text: str = "Güç kaynağı arızalı.",
    *,
    subject: str = "Arıza",
    to: str = SUPPORT,
    message_id: str = "1@ege.example",
    charset: str = "windows-1254",
    **headers: str,
) -> bytes:
    """A mail of plain text; `headers` with "_" for "-"."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0300"
    mail["Message-ID"] = f"<{message_id}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, charset=charset, cte="quoted-printable")
    return mail.as_bytes()
