"""The sealed room's tables. The application role has no privilege on any of them, nor on their history.

Rows name a participant by the randomization number or request id as plain columns; the foreign key is added
by SQL in a migration, so that no ORM path leads here (ADR 2).
"""

from django.db import models

from trial_site.audit.models import HistoryEvent, HistoryLeaf, HistorySeal
from trial_site.audit.tracking import audited, untracked

sealed = audited(privileges="", history="sealed_event")
ledger = audited(privileges="", history="sealed_event", append_only=True)


class SealedEvent(HistoryEvent):
    """The history of the sealed tables."""

    class Meta:
        db_table = "sealed_event"
        default_permissions = ()


@untracked(privileges="", because="It seals the history.")
class SealedSeal(HistorySeal):
    """The chain over `SealedEvent`. Its head is shown to unblinded roles only."""

    class Meta:
        db_table = "sealed_seal"
        default_permissions = ()


@untracked(privileges="", because="It seals the history.")
class SealedLeaf(HistoryLeaf):
    """The leaves under `SealedSeal`, each salted, so that no guess about a row can be tried on its hash."""

    class Meta:
        db_table = "sealed_leaf"
        default_permissions = ()


@untracked(privileges="", because="It says for a minute who may look; the access record is the history.")
class Looking(models.Model):
    """The session that an access record comes from: nobody looks through a door that somebody else has opened."""

    kind = models.CharField(max_length=8)
    record_id = models.BigIntegerField()
    session = models.CharField(max_length=80)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "record_id"], name="looking_once")]


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
class Shipment(models.Model):
    """A consignment of one product to one study site, as it arrived. Its kits follow, and so does the arm."""

    number = models.CharField(max_length=12, unique=True)
    site_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    condition = models.CharField(max_length=300)
    warmest_c = models.DecimalField(max_digits=5, decimal_places=1)
    coldest_c = models.DecimalField(max_digits=5, decimal_places=1)
    excursion = models.CharField(max_length=500, blank=True)

    class Meta:
        default_permissions = ()


@sealed
class KitContent(models.Model):
    """What a kit contains and everything that follows its content. Where it is, the ledger says."""

    number = models.CharField(max_length=12, unique=True)
    arm = models.CharField(max_length=16)
    lot = models.CharField(max_length=40)
    expires_on = models.DateField()
    shipment = models.CharField(max_length=12)
    vials = models.PositiveSmallIntegerField()
    storage_place = models.CharField(max_length=80)

    class Meta:
        default_permissions = ()


@ledger
class Movement(models.Model):
    """One step of one kit. No row is ever changed; `place`, where the kit is after it, is stamped by a trigger
    (`rules/ledger.py` has the same table of steps), and so are `tx` and `recorded_at`.

    The step ASSIGNED names the bag that the kit fills. With an access record the kit is not the first: decided in the
    pharmacy, and the bag keeps the number that people know, so that nobody blinded learns of it.

    Steps of the pharmacy name the access record under which they were taken; one without a person is the system's,
    which calls off what waited for a participant whose treatment has ended. No index but the key: a look at one kit
    reads the whole ledger, so that the statistics views count alike for every kit.
    """

    kit_number = models.CharField(max_length=12)
    bag = models.CharField(max_length=12, blank=True, db_default="")
    step = models.CharField(max_length=12)
    place = models.CharField(max_length=12)
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    second_person_id = models.BigIntegerField(null=True)
    access_id = models.BigIntegerField(null=True)
    residual_ml = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    note = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    tx = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kit_number"], condition=models.Q(step="assigned"), name="movement_assigned_once"
            )
        ]


@sealed
class Binding(models.Model):
    """A place and a bag given to a request by transaction `tx`; the ledger says which kit fills it."""

    place = models.PositiveIntegerField(unique=True)
    request_id = models.BigIntegerField(unique=True)
    randomization_number = models.CharField(max_length=12, unique=True)
    bag = models.CharField(max_length=12, unique=True)
    tx = models.BigIntegerField()

    class Meta:
        default_permissions = ()


@ledger
class SecondBinding(models.Model):
    """The bag of a second kit of the same arm, given to a request of the infusion team; everyone knows its number."""

    request_id = models.BigIntegerField(unique=True)
    bag = models.CharField(max_length=12, unique=True)
    tx = models.BigIntegerField()

    class Meta:
        default_permissions = ()


@ledger
class Recall(models.Model):
    """An urgent case: a lot was withdrawn as a whole, and the medical monitor is to be told."""

    site_id = models.BigIntegerField()
    lot = models.CharField(max_length=40)
    cause = models.CharField(max_length=12)
    note = models.CharField(max_length=500)
    access_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cause__in=["sterility", "donor", "lot", "storage"]),
                name="recall_cause_known",
            )
        ]


@ledger
class Hold(models.Model):
    """The supply of a study site put on hold, or opened again (`held` false); the latest row counts."""

    site_id = models.BigIntegerField()
    held = models.BooleanField()
    reason = models.CharField(max_length=300)
    access_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()


@ledger
class PharmacyMessage(models.Model):
    """One message of a query about the pharmacy's records, from the unblinded monitor or a pharmacist. The latest
    one of a query says how it stands. Outside the room nobody learns of it, not even how many there are."""

    site_id = models.BigIntegerField()
    query = models.CharField(max_length=12)
    about = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=12)
    text = models.CharField(max_length=1000, blank=True)
    person_id = models.BigIntegerField()
    access_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()


@ledger
class Closure(models.Model):
    """The unblinded monitor closed the accounts of a pharmacy, or opened them again (`closed` false). The latest row
    counts, until the pharmacy writes anything after it."""

    site_id = models.BigIntegerField()
    closed = models.BooleanField()
    note = models.CharField(max_length=500)
    person_id = models.BigIntegerField()
    access_id = models.BigIntegerField()
    at = models.DateTimeField()

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
