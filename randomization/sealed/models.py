"""The sealed room's tables. The application role has no privilege on any of them, nor on their history.

Rows name a participant by the randomization number or request id as plain columns; the foreign key is added
by SQL in a migration, so that no ORM path leads here (ADR 2).
"""

from django.db import models

from trial_site.audit.models import HistoryEvent
from trial_site.audit.tracking import audited

sealed = audited(privileges="", history="sealed_event")


class SealedEvent(HistoryEvent):
    """The history of the sealed tables."""

    class Meta:
        db_table = "sealed_event"
        default_permissions = ()


@sealed
class SealedSecret(models.Model):
    """One row: the key that orders kits per participant, and the salt of the commitment."""

    kit_order_key = models.BinaryField()
    salt = models.BinaryField()

    class Meta:
        default_permissions = ()


@sealed
class Place(models.Model):
    """One place of the allocation list."""

    place = models.PositiveIntegerField(unique=True)
    randomization_number = models.CharField(max_length=12, unique=True)
    arm = models.CharField(max_length=16)

    class Meta:
        default_permissions = ()


@sealed
class KitContent(models.Model):
    """What a kit contains and everything that follows its content."""

    number = models.CharField(max_length=12, unique=True)
    arm = models.CharField(max_length=16)
    lot = models.CharField(max_length=40)
    expires_on = models.DateField()
    released = models.BooleanField(default=False)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()


@sealed
class Binding(models.Model):
    """A place and a kit given to a request. `tx` is the transaction that did it."""

    place = models.PositiveIntegerField(unique=True)
    request_id = models.BigIntegerField(unique=True)
    randomization_number = models.CharField(max_length=12, unique=True)
    kit_number = models.CharField(max_length=12, unique=True)
    tx = models.BigIntegerField()

    class Meta:
        default_permissions = ()


@sealed
class Preparation(models.Model):
    """The unblinded preparation of one kit; the same fields for cells and placebo."""

    kit_number = models.CharField(max_length=12, unique=True)
    access_id = models.BigIntegerField()
    thawed_at = models.DateTimeField()
    cells_millions = models.DecimalField(max_digits=8, decimal_places=2)
    viability_percent = models.DecimalField(max_digits=5, decimal_places=2)
    volume_ml = models.DecimalField(max_digits=6, decimal_places=1)
    checked_by_id = models.BigIntegerField()
    use_by = models.DateTimeField()

    class Meta:
        default_permissions = ()
