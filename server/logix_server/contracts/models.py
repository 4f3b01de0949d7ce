"""What was bought and announced, as append-only facts with two times each.

The day a fact holds from, and when and by whom it was recorded: "what did we know on that day" has an
answer. A mistake is withdrawn by a row of its own (`Withdrawal`), and what is right is recorded anew.
"""

from __future__ import annotations

from django.db import models

from logix_server.contracts.append_only import Recorded


class Owner(models.TextChoices):
    """Whose hardware it is (WAR-3)."""

    LOGIX = "logix"
    CUSTOMER = "customer"


class Fact(Recorded):
    """Something that holds for one installation."""

    installation = models.ForeignKey("fleet.Installation", on_delete=models.PROTECT)

    class Meta:
        abstract = True
        ordering = ("recorded_at", "id")


class Purchase(Fact):
    """The product was bought: warranty, first-year Temel and first-year updates run from here."""

    Hardware = Owner

    purchased_on = models.DateField()
    hardware = models.CharField(max_length=16, choices=Owner.choices)


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


class HardwareOwnership(Fact):
    """From this day on the hardware is somebody else's than at the purchase (WAR-3)."""

    starts_on = models.DateField()
    hardware = models.CharField(max_length=16, choices=Owner.choices)


class PatchGrant(Fact):
    """A vendor manager's exception: security patches without the update service (Reading 7)."""

    starts_on = models.DateField()
    last_day = models.DateField()
    why = models.CharField(max_length=500)
    granted_by = models.CharField(max_length=150)  # the manager's user name

    class Meta(Fact.Meta):
        permissions = [("grant_patch_exception", "Can grant security patches without the update service")]


class ProductFact(Recorded):
    """Something that holds for every product of a model; the newest row that stands counts."""

    model = models.CharField(max_length=100, db_index=True)

    class Meta:
        abstract = True
        ordering = ("recorded_at", "id")


class ProductLifecycle(ProductFact):
    """A model's life as announced: on sale since (LIF-1), end of sale and of life (LIF-2, LIF-3)."""

    on_sale_since = models.DateField(null=True)
    end_of_sale_on = models.DateField(null=True)
    end_of_life_on = models.DateField(null=True)
    successor = models.CharField(max_length=100, blank=True)  # the model that takes its place (LIF-3)


class ProductVendor(ProductFact):
    """Whose product a model is (SUP-3); ours where nothing is recorded."""

    class Vendor(models.TextChoices):
        LOGIX = "logix"
        OTHER = "other"

    vendor = models.CharField(max_length=16, choices=Vendor.choices)


class VersionRelease(ProductFact):
    """A version of a model's software was released; its successor is the next one (UPD-7)."""

    version = models.CharField(max_length=128)
    released_on = models.DateField()


class Withdrawal(Recorded):
    """A fact was recorded by mistake: from the moment of this row on it is not known any more."""

    class Kind(models.TextChoices):
        PURCHASE = "purchase"
        RENEWAL = "renewal"
        PACKAGE = "package"
        EXTENSION = "extension"
        OWNERSHIP = "ownership"
        EXCEPTION = "exception"
        LIFECYCLE = "lifecycle"
        VENDOR = "vendor"
        VERSION = "version"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    fact_id = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "fact_id"], name="fact_withdrawn_once")]


class Reminder(Recorded):
    """Customer and dealer were to be told of an ending, so many days ahead (LIF-4). Once each."""

    installation = models.ForeignKey("fleet.Installation", on_delete=models.PROTECT)
    what = models.CharField(max_length=32)  # contracts.decisions.endings.What
    last_day = models.DateField()
    step = models.SmallIntegerField()  # days before the end; -1 = it has ended

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["installation", "what", "last_day", "step"], name="reminder_once")
        ]


class Closure(Recorded):
    """From then until then nobody works in the office, beside the public holidays (Reading 4)."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="closure_lasts"
            )
        ]


class ClosureWithdrawal(Recorded):
    """A closure does not hold after all: one of ours, or a public holiday on which the office works."""

    closure = models.OneToOneField(Closure, null=True, on_delete=models.PROTECT, related_name="withdrawal")
    holiday = models.DateField(null=True, unique=True)
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closure__isnull=True) ^ models.Q(holiday__isnull=True),
                name="withdraws_one_thing",
            )
        ]
