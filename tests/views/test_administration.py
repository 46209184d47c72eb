"""Study sites, accounts and the delegation log, in the browser of those who keep them."""

import re
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from enrollment.models import ConsentVersion, ProtocolApproval
from trial_site.core.actions import end_delegation
from trial_site.core.models import Delegation, StaffMember, StudySite
from trial_site.core.permissions import Role, Task

pytestmark = pytest.mark.django_db
NEW = "somewhere-else-entirely-2"
PERSON = {"full_name": "Xu Demo", "email": "xu@demo.example", "role": "nurse", "language": "en"}


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


@pytest.fixture
def office(cast) -> Client:
    return signed_in(cast.administrator)


@pytest.fixture
def signer(cast) -> Client:
    return signed_in(cast.principal)


def choose(link: str, password: str = NEW, again: str = ""):
    return Client().post(link, {"password": password, "again": again or password})


def link_in(message) -> str:
    return re.search(r"/accounts/password/choose/\S+", message.body)[0]


# --- Study sites ---


def test_a_site_is_entered_and_stops_recruiting(office):
    zone = {"zone": "Asia/Nowhere"}
    wrong = office.post("/sites/", {"code": "03", "name": "Third", **zone})
    assert wrong.status_code == 422
    assert "Asia/Nowhere is not a time zone." in wrong.content.decode()
    assert office.post("/sites/", {"code": "03", "name": "Third", "zone": "Asia/Shanghai"}).status_code == 302
    again = office.post("/sites/", {"code": "03", "name": "Third", "zone": "Asia/Shanghai"})
    assert again.status_code == 422
    seen = {"name": "Third hospital", "version": 1}
    assert office.post("/sites/03/", seen).status_code == 422
    assert office.post("/sites/03/", seen | {"reason": "Full"}).status_code == 302
    site = StudySite.objects.get(code="03")
    assert (site.name, site.recruiting, site.version) == ("Third hospital", False, 2)
    stale = office.post("/sites/03/", seen | {"name": "Other", "reason": "Full"})
    assert "Somebody else saved" in stale.content.decode()


def test_versions_are_approved_for_one_site(office, cast):
    on = timezone.localdate().isoformat()
    page = "/screening/sites/02/versions/"
    assert office.post(page + "consent/", {"version": "2.0", "approved_on": on}).status_code == 302
    assert office.post(page + "consent/", {"version": "2.0", "approved_on": on}).status_code == 422
    assert ConsentVersion.objects.get(site__code="02", superseded_on=None).version == "2.0"
    assert ConsentVersion.objects.get(site__code="01", superseded_on=None).version == "1.0"
    twice = {"version": "1.0", "approved_on": on, "effective_on": on}
    assert office.post(page + "protocol/", twice).status_code == 422
    assert ProtocolApproval.objects.filter(site__code="02").count() == 1
    reader = signed_in(cast.principal)
    assert "2.0" in reader.get(page).content.decode()
    assert reader.post(page + "consent/", {"version": "3.0", "approved_on": on}).status_code == 403


# --- Accounts ---


def test_the_administrator_never_learns_a_password(office, cast, settings):
    settings.PUBLIC_URL = "https://trial.example"
    opened = office.post("/staff/", PERSON, follow=True)
    [letter] = mail.outbox
    assert letter.to == ["xu@demo.example"]
    link = link_in(letter)
    assert "https://trial.example" + link in letter.body
    assert link not in opened.content.decode()
    assert "password" not in {field.name for field in opened.context["form"]}
    staff = StaffMember.objects.get(email="xu@demo.example")
    assert not staff.has_usable_password()
    assert choose(link, "short").status_code == 422
    assert choose(link, NEW, "something-else-2").status_code == 422
    assert choose(link).status_code == 302
    staff.refresh_from_db()
    assert staff.check_password(NEW)
    assert choose(link).status_code == 404
    assert Client().get(link).status_code == 404


def test_a_new_password_ends_every_session_and_the_old_one(office, cast):
    nurse = signed_in(cast.nurse)
    assert office.post(f"/staff/{cast.nurse.staff.pk}/new-password/", {"reason": ""}).status_code == 422
    assert nurse.get("/").status_code == 200
    asked = office.post(f"/staff/{cast.nurse.staff.pk}/new-password/", {"reason": "Forgotten"})
    assert asked.status_code == 302
    assert nurse.get("/").status_code == 302
    assert not Client().login(username=cast.nurse.email, password=cast.password)
    assert "has to choose a password" in office.get("/staff/").content.decode()
    link = link_in(mail.outbox[0])
    assert choose(link).status_code == 302
    assert cast.nurse.staff.check_password(NEW)


@pytest.mark.parametrize("key", ["MQ", "", "??", "OTk5OTk5", "Zm9v"])
def test_a_made_up_link_is_no_link(cast, key):
    assert Client().get(f"/accounts/password/choose/{key or 'x'}/c0ffee-0123456789/").status_code == 404


def test_a_link_works_for_a_day(office, cast, settings):
    office.post(f"/staff/{cast.nurse.staff.pk}/new-password/", {"reason": "Forgotten"})
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert Client().get(link_in(mail.outbox[0])).status_code == 404


def test_a_letter_that_does_not_leave_is_said(office, cast, monkeypatch):
    def fail(self):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    page = office.post(f"/staff/{cast.nurse.staff.pk}/new-password/", {"reason": "Forgotten"}, follow=True)
    assert "could not be sent" in page.content.decode()


def test_an_account_is_closed_with_a_reason(office, cast):
    nurse = cast.nurse.staff.pk
    assert office.post(f"/staff/{nurse}/close/", {}).status_code == 422
    assert office.post(f"/staff/{nurse}/close/", {"reason": "Left"}).status_code == 302
    assert not cast.nurse.staff.is_active
    assert "closed" in office.get(f"/staff/{nurse}/").content.decode()
    assert office.post(f"/staff/{nurse}/new-password/", {"reason": "Back"}).status_code == 422


def test_an_address_belongs_to_one_account(office, cast):
    taken = office.post("/staff/", PERSON | {"email": cast.nurse.email})
    assert taken.status_code == 422
    assert "Xu Demo" in taken.content.decode()
    assert not mail.outbox


# --- The delegation log ---


def line(**changes) -> dict:
    now = timezone.localtime(timezone.now(), ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M")
    return {
        "tasks": [Task.INFUSE],
        "starts_at": now,
        "email": "pi@demo.example",
        "password": "every-cast-member-knows-1",
    } | changes


def test_the_principal_investigator_signs_and_ends_lines(office, signer, cast):
    office.post("/staff/", PERSON | {"site": cast.site.pk})
    staff = StaffMember.objects.get(email="xu@demo.example")
    page = f"/delegations/of/{staff.pk}/"
    offered = [code for code, _ in signer.get(page).context["form"].fields["tasks"].choices]
    assert offered == [
        task for task in Task if task in ("infuse", "view_casebook", "answer_query", "raise_deviation")
    ]
    wrong = signer.post(page, line(password="a guess", site=cast.site.pk))
    assert "This is not your password" in wrong.content.decode()
    assert signer.post(page, line(tasks=["randomize"], site=cast.site.pk)).status_code == 422
    assert signer.post(page, line(site=cast.site.pk)).status_code == 302
    entered = Delegation.objects.get(staff=staff)
    assert (entered.task, entered.signed_by) == ("infuse", cast.principal.staff)
    assert signer.post(page, line(site=cast.site.pk)).status_code == 422
    assert signer.post(f"/delegations/{entered.pk}/end/", {"reason": ""}).status_code == 422
    assert signer.post(f"/delegations/{entered.pk}/end/", {"reason": "Left"}).status_code == 302
    entered.refresh_from_db()
    assert entered.ends_at is not None


@pytest.mark.parametrize(
    ("who", "status"),
    [("principal", 200), ("administrator", 200), ("monitor", 200), ("inspector", 200), ("nurse", 403),
     ("coordinator", 403), ("assessor", 403), ("pharmacist", 403), ("statistician", 403)],
)  # fmt: skip
def test_the_log_is_read_by_who_keeps_signs_and_reviews_it(cast, who, status):
    page = signed_in(getattr(cast, who)).get("/delegations/")
    assert page.status_code == status
    assert ("until further notice" in page.content.decode()) is (status == 200)
    assert ("/delegations/of/" in page.content.decode()) is (who == "principal")


def test_the_log_is_filtered_and_says_what_is_in_force(cast):
    nurse, by = cast.nurse.staff, cast.principal.actor()
    ended = Delegation.objects.get(staff=nurse, task=Task.INFUSE)
    end_delegation(ended, reason="Left", by=by, at=timezone.now())
    inspector = signed_in(cast.inspector)

    def lines(**wanted) -> set[tuple[str, str, str]]:
        shown = inspector.get("/delegations/", wanted).context["lines"]
        return {(line.staff.full_name, line.task, state) for line, state in shown}

    whole = lines()
    assert len(whole) == Delegation.objects.count()
    assert {state for *_, state in whole} == {"in_force", "ended"}
    assert lines(state="ended") == {(nurse.full_name, "infuse", "ended")}
    assert lines(person=nurse.pk, state="in_force") == {
        each for each in whole if each[0] == nurse.full_name and each[1] != "infuse"
    }
    assert lines(task=Task.INFUSE) == {each for each in whole if each[1] == "infuse"}
    other = StudySite.objects.get(code="02")
    here = {(line.staff.full_name, line.task) for line in Delegation.objects.exclude(site=cast.site)}
    assert {each[:2] for each in lines(site=other.pk)} == here
    shown = inspector.get("/delegations/", {"state": "ended"}).content.decode()
    assert "1 line, 0 of them in force" in " ".join(shown.split())
    assert inspector.get("/delegations/", {"task": "nonsense"}).status_code == 422


def test_once_the_log_has_begun_an_administrator_without_a_line_is_nobody(office, cast):
    """Before, they found the study: trial_site.simulation.staffing does so for every test."""
    delegated = cast.principal.actor()
    for each in Delegation.objects.filter(staff=cast.administrator.staff):
        end_delegation(each, reason="Left", by=delegated, at=timezone.now())
    assert office.get("/staff/").status_code == 403
    assert office.get("/delegations/").status_code == 403


def test_a_new_principal_investigator_begins_with_their_own_line(office, cast):
    office.post("/staff/", PERSON | {"role": Role.PRINCIPAL_INVESTIGATOR, "site": cast.site.pk})
    choose(link_in(mail.outbox[0]))
    client = Client()
    client.force_login(StaffMember.objects.get(email="xu@demo.example"))
    me = StaffMember.objects.get(email="xu@demo.example").pk
    assert client.get(f"/delegations/of/{cast.nurse.staff.pk}/").status_code == 404
    assert f"/delegations/of/{me}/" in client.get("/").content.decode()
    own = line(tasks=[Task.SIGN_DELEGATION], email="xu@demo.example", password=NEW)
    assert client.post(f"/delegations/of/{me}/", own).status_code == 302
    assert client.get(f"/delegations/of/{cast.nurse.staff.pk}/").status_code == 200
