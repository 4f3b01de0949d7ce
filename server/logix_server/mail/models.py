"""Mails out and in. What a mail holds is kept: out as words, in as the raw mail behind the blob port."""

from __future__ import annotations

from django.db import models


class OutgoingMail(models.Model):
    """One mail to one address. Sent at least once, under one Message-ID for ever."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        SUPPRESSED = "suppressed"

    class Automatic(models.TextChoices):
        NO = "no"  # a person wrote it
        GENERATED = "auto-generated"
        REPLIED = "auto-replied"  # answers a mail: capped per address

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=32)  # "ticket-opened", "ticket-answer", "notices", "invitation" …
    to = models.CharField(max_length=254)
    person = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="mails_to"
    )
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=400)
    text = models.TextField()
    html = models.TextField()
    message_id = models.CharField(max_length=200, unique=True)  # without < >
    in_reply_to = models.CharField(max_length=250, blank=True)
    references = models.JSONField(default=list)
    automatic = models.CharField(max_length=16, choices=Automatic.choices)
    ticket_number = models.CharField(max_length=20, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=16, choices=State.choices)
    attempts = models.PositiveIntegerField(default=0)
    run_after = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["run_after", "id"],
                condition=models.Q(state__in=["queued", "sending"]),
                name="mail_to_send",
            ),
            models.Index(fields=["to", "created_at"], name="mail_to_address"),
            models.Index(fields=["ticket_number", "to"], name="mail_of_ticket"),
        ]

    def __str__(self) -> str:
        return self.key


class AnsweredAddress(models.Model):
    """An address that gets automatic answers: its row is locked while one more is counted."""

    address = models.CharField(max_length=254, primary_key=True)


class IncomingMail(models.Model):
    """One mail that reached us, once; the raw mail is the blob of its SHA-256."""

    class State(models.TextChoices):
        RECEIVED = "received"
        READ = "read"
        FILED = "filed"
        IGNORED = "ignored"
        QUARANTINED = "quarantined"
        WAITING = "waiting"
        DISCARDED = "discarded"

    class Via(models.TextChoices):
        IMAP = "imap"
        LMTP = "lmtp"
        SMTP = "smtp"

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()  # bytes
    via = models.CharField(max_length=8, choices=Via.choices)
    envelope_from = models.CharField(max_length=320, null=True)  # None = unknown (IMAP); "" = the null sender
    recipients = models.JSONField(default=list)  # of the envelope, where it is known
    received_at = models.DateTimeField()  # arrival: here the clock of a new ticket starts
    state = models.CharField(max_length=16, choices=State.choices)
    state_at = models.DateTimeField()
    reason = models.CharField(max_length=40, blank=True)  # mail.sorting.Why
    read_attempts = models.PositiveSmallIntegerField(default=0)
    # What reading found (`mail.reading`): empty until then.
    message_id = models.CharField(max_length=250, blank=True)
    sender = models.CharField(max_length=254, blank=True)  # lower case
    sender_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)  # the same words on another way
    content = models.JSONField(default=dict)
    person = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="mails_from"
    )
    ticket_number = models.CharField(max_length=20, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "received_at"], name="incoming_by_state"),
            models.Index(fields=["fingerprint"], name="incoming_fingerprint"),
            models.Index(fields=["message_id"], name="incoming_message_id"),
            models.Index(fields=["sender", "received_at"], name="incoming_by_sender"),
        ]

    def __str__(self) -> str:
        return self.sha256


class IncomingFile(models.Model):
    """A file that came with a mail; its content is the blob of its SHA-256, and is never trusted."""

    mail = models.ForeignKey(IncomingMail, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=130)  # as the mail says
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64, db_index=True)
    inline = models.BooleanField(default=False)


class MailboxPosition(models.Model):
    """How far a mailbox is taken in: up to `last_uid` everything is a row (RFC 9051, section 2.3.1.1)."""

    name = models.CharField(max_length=200, primary_key=True)
    uid_validity = models.PositiveBigIntegerField()
    last_uid = models.PositiveBigIntegerField()
