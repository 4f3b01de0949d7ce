"""Organisations (the vendor, dealers and customers), their people, and what customers let dealers see."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext

from logix_server.accounts.lifecycle import Standing


class Organisation(models.Model):
    """A company that we deal with."""

    class Kind(models.TextChoices):
        VENDOR = "vendor"
        DEALER = "dealer"
        CUSTOMER = "customer"

    class Language(models.TextChoices):
        TURKISH = "tr"
        ENGLISH = "en"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=200, unique=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.TURKISH)
    dealer = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customers",
        limit_choices_to={"kind": "dealer"},
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def dealer_fits(self) -> bool:
        """Only a customer has a dealer, and only a dealer is one."""
        if self.dealer is None:
            return True
        return self.kind == self.Kind.CUSTOMER and self.dealer.kind == self.Kind.DEALER

    def clean(self) -> None:
        """What a form says beside the field; `accounts.actions` refuses it too."""
        if not self.dealer_fits:
            raise ValidationError({"dealer": gettext("Only a customer has a dealer.")})


def new_mark() -> str:
    """What stands for a person where its name would outlive it: 16 random hexadecimal digits."""
    return secrets.token_hex(8)


class Person(models.Model):
    """Somebody of an organisation whom we know by mail address; with `user`, one who can sign in."""

    class Role(models.TextChoices):
        VENDOR_MANAGER = "vendor-manager"
        SUPPORT_ENGINEER = "support-engineer"
        RELEASE_MANAGER = "release-manager"
        DEALER = "dealer"
        CUSTOMER_ADMINISTRATOR = "customer-administrator"
        CUSTOMER_USER = "customer-user"

    mark = models.CharField(max_length=16, unique=True, default=new_mark, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    role = models.CharField(max_length=32, choices=Role.choices)
    name = models.CharField(max_length=200)
    email = models.EmailField(unique=True)  # lower case; an erased person keeps an opaque one
    phone = models.CharField(max_length=32, blank=True)  # E.164, "+905321234567"
    language = models.CharField(
        max_length=2, choices=Organisation.Language.choices, default=Organisation.Language.TURKISH
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="person"
    )
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)  # since when not active
    erased_at = models.DateTimeField(null=True)  # KVKK: personal data removed, the row stays for history

    @property
    def standing(self) -> Standing:
        """How this person stands."""
        if self.erased_at is not None:
            return Standing.ERASED
        if not self.active:
            return Standing.INACTIVE
        return Standing.ACTIVE if self.user_id else Standing.CONTACT

    class Meta:
        ordering = ("name", "id")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="person_mail_lower_case")
        ]

    def __str__(self) -> str:
        return self.name


class DealerConsent(models.Model):
    """The customer lets its dealer see its devices and tickets, until withdrawn. Rows are never deleted."""

    customer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="dealer_consents")
    dealer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consents_received")
    given_by = models.CharField(max_length=150)
    given_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "dealer"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_consent",
            )
        ]


class Invitation(models.Model):
    """A way in by mail: to the first password, or to a new one. The token itself is not kept."""

    class Purpose(models.TextChoices):
        INVITE = "invite"
        RESET = "reset"

    class State(models.TextChoices):
        OPEN = "open"
        USED = "used"
        WITHDRAWN = "withdrawn"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the token
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)


class SignIn(models.Model):
    """One session of a user, on one device; the session holds its id and ends with it."""

    class End(models.TextChoices):
        SIGNED_OUT = "signed-out"
        REVOKED = "revoked"
        EXPIRED = "expired"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    begun_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)  # as the browser calls itself
    second_factor_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=16, choices=End.choices, blank=True)

    class Meta:
        indexes = [models.Index(fields=["ended_at", "last_seen_at"], name="sign_in_ended")]


class SecondFactor(models.Model):
    """A user's TOTP secret (RFC 6238), sealed with a key that is not in the database."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="second_factor"
    )
    sealed = models.TextField(blank=True)  # "" until the first is confirmed
    sealed_next = models.TextField(blank=True)  # shown, and not confirmed yet
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)  # of the newest code that was taken: none is good twice


class RecoveryCode(models.Model):
    """Takes the second factor's place, once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="one_recovery_code")]


class Tries(models.Model):
    """Tries under one key (a name, an address, a device) that have not faded yet."""

    key = models.CharField(max_length=64, primary_key=True)  # a digest: holds no name and no address
    count = models.FloatField()
    at = models.DateTimeField(db_index=True)
