"""Organisations: the vendor, dealers and customers."""

from __future__ import annotations

from django.db import models


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
