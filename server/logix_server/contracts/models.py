"""What was bought, as append-only facts: the day each holds from, and when and by whom it was recorded."""

from __future__ import annotations

from django.db import models


class Fact(models.Model):
    """Common to all: a fact is never changed; a mistake is withdrawn by a row of its own later."""

    installation = models.ForeignKey("fleet.Installation", on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)

    class Meta:
        abstract = True
        ordering = ("recorded_at", "id")


class Purchase(Fact):
    """The product was bought: warranty, first-year Temel and first-year updates run from here."""

    class Hardware(models.TextChoices):
        LOGIX = "logix"
        CUSTOMER = "customer"

    purchased_on = models.DateField()
    hardware = models.CharField(max_length=16, choices=Hardware.choices)


class UpdateRenewal(Fact):
    """The yearly update service was renewed (UPD-1)."""

    starts_on = models.DateField()
    years = models.PositiveSmallIntegerField()


class PackagePurchase(Fact):
    """A support package was bought (SUP-2)."""

    class Package(models.TextChoices):
        TEMEL = "temel"
        STANDART = "standart"
        PROFESYONEL = "profesyonel"

    package = models.CharField(max_length=16, choices=Package.choices)
    starts_on = models.DateField()
    years = models.PositiveSmallIntegerField()


class WarrantyExtension(Fact):
    """Extended Hardware Warranty was bought (WAR-2)."""

    starts_on = models.DateField()


class ProductLifecycle(models.Model):
    """A model's end-of-sale and end-of-life days as announced (LIF-2, LIF-3); the newest row holds."""

    model = models.CharField(max_length=100, db_index=True)
    end_of_sale_on = models.DateField(null=True)
    end_of_life_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)
