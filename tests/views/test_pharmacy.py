"""The day of the pharmacist: bags to prepare, contents on demand, labels, failures that nobody blinded learns of."""

import subprocess
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from dosing import actions
from dosing.models import InfusionOrder, OrderState, ProductProblem
from dosing.selectors import bags_to_prepare, order_of, slot_of
from enrollment.models import Subject
from randomization.actions import record_access
from randomization.models import AccessRecord, Kit, Purpose
from randomization.selectors import kit_of
from tests.cast import ARMS
from tests.custody import filling
from tests.pages import signed_in, text, typed
from tests.story import participant_at
from tests.views.test_dosing import preparation
from tests.ward import order, prepare, take_over
from trial_site.audit.models import Event
from trial_site.core.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def url(name, *args):
    return reverse(f"dosing:{name}", args=args)


@pytest.fixture
def ordered(cast, clock):
    """An order at the time when its bag may be released."""
    subject, _ = participant_at("ordered")
    now = slot_of(subject).starts_at - 40 * MINUTE
    clock(now)
    return order_of(subject), now


def test_the_day_shows_who_gets_which_bag_and_contents_only_on_demand(cast, ordered):
    given, now = ordered
    client = signed_in(cast.pharmacist)
    shown = client.get(url("pharmacy"))
    assert {given.subject.number, given.kit.number, "today"} <= set(text(shown).split())
    assert b"CANARY" not in shown.content
    assert not AccessRecord.objects.exists()
    opened = client.post(url("day_contents"))
    assert opened.headers["Cache-Control"].count("no-store")
    assert any(arm in text(opened) for arm in ARMS)
    looked = AccessRecord.objects.get()
    assert (looked.subject, looked.person) == (given.subject, cast.pharmacist.staff)
    assert looked.why == "Worklist of the pharmacy: bags of today and tomorrow"
    assert client.get(url("day_contents")).status_code == 405
    assert [bag.order for bag in bags_to_prepare(cast.pharmacist.actor(now), now)] == [given]
    assert bags_to_prepare(cast.pharmacist.actor(now), now - timedelta(days=3)) == []
    assert bags_to_prepare(cast.nurse.actor(now), now) == []


def printed(response, tmp_path) -> str:
    assert response.headers["Content-Type"] == "application/pdf"
    file = tmp_path / "printed.pdf"
    file.write_bytes(response.content)
    return subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True
    ).stdout.decode()


def test_the_label_says_what_everybody_may_know_in_both_languages(cast, ordered, tmp_path):
    given, now = ordered
    client = signed_in(cast.pharmacist)
    refused = client.get(url("label", given.subject.number))
    assert "printed when the bag is released" in refused.content.decode()
    prepare(given, cast, now)
    label = printed(client.get(url("label", given.subject.number)), tmp_path)
    release = order_of(given.subject).release
    use_by = f"{release.use_by.astimezone(cast.site.tz):%Y-%m-%d %H:%M}"
    for said in (
        "NCT05741099",
        given.subject.number,
        given.kit.number,
        "100 mL",
        use_by,
        "For clinical trial use only",
        "仅供临床试验使用",
    ):
        assert said in label, said
    for hidden in (*ARMS, "LOT-", "thaw", "cells", "viab", "placebo", "解冻", "细胞"):
        assert hidden.lower() not in label.lower()
    assert signed_in(cast.nurse).get(url("label", given.subject.number)).status_code == 403


def test_the_worksheet_is_unblinded_and_printing_it_is_a_look(cast, ordered, tmp_path):
    given, _now = ordered
    sheet = printed(signed_in(cast.pharmacist).post(url("worksheet", given.subject.number)), tmp_path)
    assert any(arm in sheet for arm in ARMS)
    assert f"{given.weight_kg} kg" in sheet
    assert "UNBLINDED" in sheet
    assert AccessRecord.objects.get().why == "Worksheet of the bag"


def blinded_traces(subject: Subject) -> list:
    tables = ["dosing_infusionorder", "randomization_kit", "dosing_release", "dosing_productproblem"]
    return list(Event.objects.filter(table__in=tables).values_list("table", "operation", "new"))


def test_a_failed_preparation_fills_the_same_bag_and_nobody_blinded_learns_of_it(cast, ordered, owner):
    given, now = ordered
    client, before = signed_in(cast.pharmacist), blinded_traces(given.subject)
    address = url("prepare", given.subject.number)
    broken = {"note": "The vial broke", "failed_kit": filling(owner, given.kit.number)}
    assert client.post(address, broken | {"note": ""}).status_code == 422
    assert client.post(address, broken | {"failed_kit": "1234567"}).status_code == 422
    assert client.post(address, broken).status_code == 302
    assert blinded_traces(given.subject) == before
    assert Kit.objects.filter(subject=given.subject).count() == 1
    cursor = owner().cursor()
    cursor.execute("SELECT count(*) FROM sealed_movement WHERE bag = %s", [given.kit.number])
    assert cursor.fetchone() == (2,)
    assert client.post(address, broken).status_code == 422, "sent again it uses up no other kit"
    other = filling(owner, given.kit.number)
    measured = preparation(given.subject, now, cast, from_kit=broken["failed_kit"])
    stale = client.post(url("prepare", given.subject.number), measured)
    assert "This kit does not fill the bag" in text(stale), "measured before the other kit came"
    assert stale.status_code == 422
    measured["from_kit"] = f" {other[:3]} {other[3:]} "
    assert client.post(url("prepare", given.subject.number), measured).status_code == 302
    cursor.execute("SELECT kit_number FROM sealed_preparation")
    assert cursor.fetchall() == [(other,)]
    assert other not in (given.kit.number, broken["failed_kit"])
    take_over(order_of(given.subject), cast, now)
    assert signed_in(cast.nurse).post(address, {"note": "x"}).status_code == 403


def read_of_looks(cast, clock) -> list:
    """What somebody blinded reads a day later of looks at unblinded data: the page with its count, and the copy."""
    clock(datetime.now(UTC) + timedelta(days=1))
    client, found = signed_in(cast.inspector), []
    for order_by in ("newest", "oldest", "person"):
        asked = {"what": "randomization_accessrecord", "order": order_by}
        found += [text(client.get("/audit/", asked)), client.post("/audit/copy/", asked).content.decode()]
    return found


def test_the_trail_tells_the_same_of_looks_whatever_became_of_the_preparation(cast, ordered, owner, clock):
    given, now = ordered
    client, number = signed_in(cast.pharmacist), given.subject.number
    client.post(url("day_contents"))
    before = read_of_looks(cast, clock)
    clock(now)
    broken = {"note": "The vial broke", "failed_kit": filling(owner, given.kit.number)}
    assert client.post(url("prepare", number), broken).status_code == 302
    client.post(url("worksheet", number))
    released = preparation(given.subject, now, cast, from_kit=filling(owner, given.kit.number))
    assert client.post(url("prepare", number), released).status_code == 302
    assert read_of_looks(cast, clock) == before
    _head, row = before[1].splitlines()
    day, *who = row.split(",")[:3]
    assert date.fromisoformat(day)
    assert who == [number, cast.pharmacist.staff.full_name]


def test_each_step_of_a_preparation_is_one_look_for_the_same_reason(cast, ordered, owner):
    given, now = ordered
    client, number = signed_in(cast.pharmacist), given.subject.number
    broken = {"note": "The vial broke", "failed_kit": filling(owner, given.kit.number)}
    client.post(url("prepare", number), broken)
    failed, filled = AccessRecord.objects.all()
    client.post(
        url("prepare", number),
        preparation(given.subject, now, cast, from_kit=filling(owner, given.kit.number)),
    )
    release = AccessRecord.objects.exclude(pk__in=[failed.pk, filled.pk]).get()
    assert failed.why == filled.why == release.why == "Preparation of the ordered infusion"


def test_a_bag_that_is_called_back_is_met_by_another_and_never_by_a_new_allocation(cast, ordered):
    given, now = ordered
    subject, client = given.subject, signed_in(cast.pharmacist)
    with pytest.raises(Refused, match="No other bag is needed now"):
        actions.ask_for_another_bag(subject, by=cast.pharmacist.actor(now), at=now)
    prepare(given, cast, now)
    for wrong in ("0001-01-01T00:00", typed(given.ordered_at - MINUTE, subject)):
        asked = {"kind": "called_back", "noticed_at": wrong}
        assert client.post(url("call_back", subject.number), asked).status_code == 422
    called = client.post(
        url("call_back", subject.number), {"kind": "called_back", "noticed_at": typed(now, subject)}
    )
    assert called.status_code == 302
    assert InfusionOrder.objects.get().state == OrderState.CANCELLED
    assert ProductProblem.objects.get().kind == "called_back"
    shown = signed_in(cast.investigator).get(url("order", subject.number))
    assert "Ask for another bag" in text(shown)
    assert signed_in(cast.investigator).post(url("another_bag", subject.number)).status_code == 302
    second = kit_of(subject)
    assert second.number != given.kit.number
    assert second.randomization == given.kit.randomization
    again = order(subject, cast, now)
    assert (again.kit, again.slot) == (second, given.slot)
    prepare(again, cast, now + 10 * MINUTE)


def test_the_ledger_follows_the_bag_from_order_to_the_end(cast, owner):
    subject, _ = participant_at("infused")
    cursor = owner().cursor()
    kit = filling(owner, kit_of(subject).number)
    cursor.execute("SELECT step FROM sealed_movement WHERE kit_number = %s ORDER BY id", [kit])
    steps = [step for (step,) in cursor.fetchall()]
    assert steps[steps.index("assigned") :] == [
        "assigned",
        "ordered",
        "preparing",
        "prepared",
        "handed_over",
        "started",
        "given",
    ]


def test_an_access_record_is_needed_for_a_failure(cast, ordered, owner):
    given, now = ordered
    by = cast.pharmacist.actor(now)
    other, _ = participant_at("ordered", seed=2)
    access = record_access(other, purpose=Purpose.PREPARE, why="Another participant", by=by)
    with pytest.raises(Refused):
        actions.fail_preparation(
            given, access=access, failed_kit=filling(owner, given.kit.number), note="Broken", by=by, at=now
        )


SPOILT = ["withdrawn", "lost", "failed"]


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_bag_whose_kit_is_gone_is_filled_from_another(cast, ordered, owner, spoilt):
    """Else those of a withdrawn lot, and only they, would be called off, with kits of other lots on the shelf."""
    given, now = ordered
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sealed_movement (kit_number, step, at, person_id, note)"
            " SELECT %s, %s, now(), min(id), '' FROM core_staffmember",
            [filling(owner, given.kit.number), spoilt],
        )
    client, number = signed_in(cast.pharmacist), given.subject.number
    assert "do not prepare" in text(client.post(url("day_contents")))
    broken = {"note": "The kit is gone", "failed_kit": filling(owner, given.kit.number)}
    assert client.post(url("prepare", number), broken).status_code == 302
    assert "do not prepare" not in text(client.post(url("day_contents")))
    released = preparation(given.subject, now, cast, from_kit=filling(owner, given.kit.number))
    assert client.post(url("prepare", number), released).status_code == 302


def test_a_bag_that_nothing_could_fill_is_filled_once_kits_have_come(cast, ordered, owner):
    given, _now = ordered
    client, address = signed_in(cast.pharmacist), url("prepare", given.subject.number)
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE sealed_kitcontent SET expires_on = expires_on - 2000")
    broken = {"note": "The vial broke", "failed_kit": filling(owner, given.kit.number)}
    nothing = client.post(address, broken)
    assert (nothing.status_code, "no other usable kit" in text(nothing)) == (422, True)
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE sealed_kitcontent SET expires_on = expires_on + 2000")
    assert client.post(address, broken).status_code == 302


def test_who_looks_into_a_kit_without_a_reason_is_told_beside_the_button(cast, ordered):
    given, _now = ordered
    address = reverse("randomization:disclose", args=[given.subject.number])
    refused = signed_in(cast.pharmacist).post(address, {"why": " "}, headers={"HX-Request": "true"})
    assert (refused.status_code, AccessRecord.objects.count()) == (422, 0)
    assert 'role="alert"' in refused.content.decode()


def test_everybody_at_the_bed_reads_that_an_order_was_called_off(cast, ordered):
    given, now = ordered
    number, client = given.subject.number, signed_in(cast.pharmacist)
    problem = {"kind": "not_available", "noticed_at": typed(now, given.subject)}
    assert client.post(url("call_back", number), problem).status_code == 302
    for who, page in ((cast.nurse, url("infusion", number)), (cast.investigator, url("order", number))):
        assert "The last order was called off: " in text(signed_in(who).get(page))
    order(given.subject, cast, now)
    assert "was called off" not in text(signed_in(cast.nurse).get(url("infusion", number)))
