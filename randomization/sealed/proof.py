"""What the application role can prove about the list at any time, without seeing an arm."""

from collections.abc import Iterator

from django.db import connection, transaction

from randomization.models import AllocationCommitment, Kit, KitRequest, Randomization, RandomizationRequest
from randomization.rules.allocation_list import commitment
from randomization.rules.list_order import Binding, Record, broken_promises


def findings(text: bytes | None = None) -> list[str]:
    """One sentence per broken promise, of one instant of the study; `text` is the list, once it may be seen."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [*_commitment(text), *_room(), *broken_promises(bindings(), list(records()))]


def bindings() -> list[Binding]:
    return [Binding(*row) for row in _ask("SELECT * FROM public.sealed_bindings()")]


def records() -> Iterator[Record]:
    """Every request with its randomization and kits, second ones that the room gave aside; then randomizations that
    nobody asked for."""
    numbers = dict(Randomization.objects.values_list("subject_id", "number"))
    kits: dict[int, tuple[str, ...]] = {}
    asked = KitRequest.objects.values_list("pk", flat=True)
    seconds = [_ask("SELECT public.sealed_second_kit(%s)", pk)[0][0] or "" for pk in asked]
    given_first = Kit.objects.exclude(number__in=seconds)
    for subject, kit in given_first.order_by("number").values_list("subject_id", "number"):
        kits[subject] = (*kits.get(subject, ()), kit)
    for pk, subject, place in RandomizationRequest.objects.values_list("pk", "subject_id", "place"):
        yield Record(pk, place, numbers.pop(subject, None), kits.get(subject, ()))
    for subject, number in numbers.items():
        yield Record(None, None, number, kits.get(subject, ()))


def _commitment(text: bytes | None) -> Iterator[str]:
    published = list(AllocationCommitment.objects.values_list("sha256", flat=True))
    if len(published) != 1:
        yield f"One commitment should be published; there are {len(published)}."
    if text is not None and [commitment(text)] != published:
        yield f"The list given has the SHA-256 {commitment(text)}, which is not the commitment published."


def _room() -> Iterator[str]:
    is_committed, is_followed = _ask("SELECT * FROM public.sealed_intact()")[0]
    if not is_committed:
        yield "The list in the sealed room is not the one whose commitment was published."
    if not is_followed:
        yield "A place in the sealed room was given a number or kit that does not follow the list."


def _ask(statement: str, *parameters: int) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
