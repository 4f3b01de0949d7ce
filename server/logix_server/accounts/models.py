"""Organisations: the vendor, dealers and customers."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
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
