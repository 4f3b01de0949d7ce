"""Organisations (the vendor, dealers and customers), their people, and what customers let dealers see."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext


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


class Person(models.Model):
    """Somebody of an organisation whom we know by mail address; with `user`, one who can sign in."""

    class Role(models.TextChoices):
        VENDOR_MANAGER = "vendor-manager"
        SUPPORT_ENGINEER = "support-engineer"
        RELEASE_MANAGER = "release-manager"
        DEALER = "dealer"
        CUSTOMER_ADMINISTRATOR = "customer-administrator"
        CUSTOMER_USER = "customer-user"

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
    erased_at = models.DateTimeField(null=True)  # KVKK: personal data removed, the row stays for history

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
