"""The delegation log, accounts, and the password given when signing."""

import logging
import os
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core.management import CommandError, call_command

from tests.clinic import NOW, screened, sign
from trial_site.audit.models import Event
from trial_site.core.actions import (
    add_site,
    add_staff,
    ask_for_password,
    change_site,
    choose_password,
    close_account,
    delegate,
    end_delegation,
)
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.core.models import Delegation, StaffMember
from trial_site.core.permissions import Role, Task, can
from trial_site.core.signing import ATTEMPTS, require_password
from trial_site.monitoring.models import Signature

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
HOUR = timedelta(hours=1)
OTHERS = ["administrator", "investigator", "coordinator", "monitor", "data_manager", "inspector", "outsider"]
STRONG = "a-newcomer-knows-1"


def newcomer(cast, role: str = Role.COORDINATOR, email: str = "new@demo.example", **changes) -> StaffMember:
    values = {"full_name": "New Person", "role": role, "site": cast.site, "password": STRONG, "by": SYSTEM}
    return add_staff(email, **values | changes)


def enter(cast, staff: StaffMember, *tasks: str, by: Actor | None = None, **changes) -> list[Delegation]:
    values = {
        "site": cast.site,
        "starts_at": NOW,
        "password": cast.password,
        "by": by or cast.principal.actor(NOW),
        "at": NOW,
    }
    return delegate(staff, tasks=tasks, **values | changes)


# --- The delegation log ---


def test_nobody_may_do_anything_before_the_principal_investigator_signs(cast):
    staff = newcomer(cast)
    assert not any(can(Actor.of(staff, at=NOW), task) for task in Task)
    (line,) = enter(cast, staff, Task.SCREEN)
    assert (line.signed_by, line.signed_at) == (cast.principal.staff, NOW)
    assert can(Actor.of(staff, at=NOW), Task.SCREEN, cast.site.pk)
    assert not can(Actor.of(staff, at=NOW), Task.SCREEN, cast.outsider.staff.site_id)
    assert not can(Actor.of(staff, at=NOW - HOUR), Task.SCREEN, cast.site.pk)


@pytest.mark.parametrize("who", OTHERS)
def test_only_the_principal_investigator_signs(cast, who):
    staff = newcomer(cast)
    with pytest.raises(NotAllowed):
        enter(cast, staff, Task.SCREEN, by=getattr(cast, who).actor(NOW))
    assert not staff.delegations.exists()


def test_not_even_a_system_task_signs(cast):
    with pytest.raises(NotAllowed):
        enter(cast, newcomer(cast), Task.SCREEN, by=SYSTEM)


def test_a_role_holds_only_its_tasks_and_all_lines_are_refused_together(cast):
    staff = newcomer(cast, Role.NURSE)
    with pytest.raises(Refused, match="This role may not hold: Prepare and release the product"):
        enter(cast, staff, Task.INFUSE, Task.PREPARE_PRODUCT)
    assert not staff.delegations.exists()


def test_tasks_may_come_one_by_one(cast):
    staff = newcomer(cast)
    lines = enter(cast, staff)
    assert lines == []
    assert len(enter(cast, staff, *iter([Task.SCREEN, Task.RANDOMIZE]))) == 2


def test_a_wrong_password_signs_no_line(cast):
    staff = newcomer(cast)
    with pytest.raises(Refused) as refusal:
        enter(cast, staff, Task.SCREEN, password="a guess")
    assert set(refusal.value.fields) == {"password"}
    assert not staff.delegations.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": NOW - HOUR}, "starts_at"),
        ({"ends_at": NOW}, "ends_at"),
        ({"site": None}, "site"),
    ],
)
def test_a_line_that_cannot_be_is_refused_beside_its_field(cast, changes, field):
    staff = newcomer(cast)
    with pytest.raises(Refused) as refusal:
        enter(cast, staff, Task.SCREEN, **changes)
    assert set(refusal.value.fields) == {field}


def test_the_same_task_is_not_delegated_twice_at_a_time(cast):
    staff = newcomer(cast)
    enter(cast, staff, Task.SCREEN, ends_at=NOW + HOUR)
    with pytest.raises(Refused, match="Delegated already: Log and screen"):
        enter(cast, staff, Task.SCREEN, Task.RANDOMIZE)
    assert len(enter(cast, staff, Task.SCREEN, starts_at=NOW + HOUR)) == 1


def test_a_line_that_has_not_begun_can_be_ended(cast):
    (line,) = enter(cast, newcomer(cast), Task.SCREEN, starts_at=NOW + HOUR)
    end_delegation(line, reason="Does not come", by=cast.principal.actor(NOW), at=NOW)
    assert line.ends_at == line.starts_at


def test_who_signs_for_one_site_signs_for_no_other(cast):
    principal = newcomer(cast, Role.PRINCIPAL_INVESTIGATOR, site=cast.outsider.staff.site)
    enter(cast, principal, Task.SIGN_DELEGATION, site=principal.site)
    by = Actor.of(principal, at=NOW)
    with pytest.raises(NotAllowed):
        enter(cast, newcomer(cast, email="third@demo.example"), Task.SCREEN, by=by, password=STRONG)
    monitor = newcomer(cast, Role.MONITOR, email="fourth@demo.example", site=None)
    with pytest.raises(Refused, match="own study site only"):
        enter(cast, monitor, Task.VIEW_CASEBOOK, site=None, by=by, password=STRONG)


def test_only_before_the_first_line_an_administrator_acts_without_one(cast):
    """The study of every test was founded so: trial_site.simulation.staffing."""
    entered = Event.objects.filter(table="core_studysite", operation="I")
    assert {event.actor for event in entered} == {cast.administrator.staff.full_name}
    end_delegation(
        cast.administrator.staff.delegations.get(), reason="Left", by=cast.principal.actor(NOW), at=NOW
    )
    assert not Actor.of(cast.administrator.staff, at=NOW).delegations


def test_the_principal_investigator_signs_their_own_line_first(cast):
    principal = newcomer(cast, Role.PRINCIPAL_INVESTIGATOR)
    staff = newcomer(cast, email="second@demo.example")
    with pytest.raises(NotAllowed):
        enter(cast, staff, Task.SCREEN, by=Actor.of(principal, at=NOW))
    own = {"site": principal.site, "by": Actor.of(principal, at=NOW), "password": STRONG}
    enter(cast, principal, Task.SIGN_DELEGATION, **own)
    enter(cast, staff, Task.SCREEN, **own | {"by": Actor.of(principal, at=NOW)})


def test_a_principal_investigator_whose_line_has_ended_does_not_renew_it(cast):
    principal = newcomer(cast, Role.PRINCIPAL_INVESTIGATOR)
    own = {"by": Actor.of(principal, at=NOW), "password": STRONG}
    enter(cast, principal, Task.SIGN_DELEGATION, **own, ends_at=NOW + HOUR)
    late = NOW + 2 * HOUR
    with pytest.raises(NotAllowed):
        enter(cast, principal, Task.SIGN_DELEGATION, by=Actor.of(principal, at=late), starts_at=late, at=late)


def test_an_ended_delegation_counts_until_its_end(cast):
    staff = newcomer(cast)
    (line,) = enter(cast, staff, Task.SCREEN)
    end = NOW + HOUR
    with pytest.raises(NotAllowed):
        end_delegation(line, reason="Left", by=cast.coordinator.actor(NOW), at=end)
    end_delegation(line, reason="Left", by=cast.principal.actor(NOW), at=end)
    assert can(Actor.of(staff, at=end - HOUR / 2), Task.SCREEN)
    assert not can(Actor.of(staff, at=end), Task.SCREEN)
    with pytest.raises(Refused, match="ended already"):
        end_delegation(line, reason="Again", by=cast.principal.actor(NOW), at=end + HOUR)


# --- Sites and accounts ---


def test_only_the_administrator_adds_sites_and_staff(cast):
    for who in ["principal", "coordinator", "monitor", "inspector"]:
        by = getattr(cast, who).actor(NOW)
        with pytest.raises(NotAllowed):
            add_site("03", name="Third", zone="Asia/Shanghai", by=by)
        with pytest.raises(NotAllowed):
            newcomer(cast, by=by)
        with pytest.raises(NotAllowed):
            close_account(cast.nurse.staff, reason="Left", by=by)
    by = cast.administrator.actor(NOW)
    site = add_site("03", name="Third", zone="Asia/Shanghai", by=by)
    assert newcomer(cast, site=site, by=by).check_password(STRONG)


@pytest.mark.parametrize("password", ["short", "password1234", "741099741099", "new@demo.example"])
def test_an_easy_password_opens_no_account(cast, password):
    with pytest.raises(Refused):
        newcomer(cast, password=password)
    assert not StaffMember.objects.filter(email="new@demo.example").exists()


def test_a_site_needs_a_time_zone_that_exists(cast):
    with pytest.raises(Refused) as refusal:
        add_site("03", name="Third", zone="Asia/Nowhere", by=SYSTEM)
    assert set(refusal.value.fields) == {"zone"}


def test_a_changed_site_needs_a_reason_and_the_version_that_was_seen(cast):
    by = cast.administrator.actor(NOW)
    change = {"name": "Renamed", "recruiting": False, "version": 1, "by": by}
    with pytest.raises(Refused) as refusal:
        change_site(cast.site, **change, reason="")
    assert set(refusal.value.fields) == {"reason"}
    assert change_site(cast.site, **change, reason="Moved") == ["name", "recruiting"]
    with pytest.raises(StaleRecord):
        change_site(cast.site, **change | {"name": "Again"}, reason="Moved")


def test_an_account_without_a_password_is_nobodys_until_one_is_chosen(cast):
    staff, by = newcomer(cast, password=None), cast.administrator.actor(NOW)
    assert not staff.has_usable_password()
    ask_for_password(staff, reason="New account", by=by, at=NOW)
    token = default_token_generator.make_token(staff)
    with pytest.raises(Refused, match="too short"):
        choose_password(staff, token=token, password="short", by=Actor.of(staff, at=NOW))
    choose_password(staff, token=token, password=STRONG, by=Actor.of(staff, at=NOW))
    assert staff.check_password(STRONG)
    with pytest.raises(Refused, match="no longer works"):
        choose_password(staff, token=token, password="another-password-1", by=Actor.of(staff, at=NOW))
    events = Event.objects.filter(table="core_staffmember", record_id=staff.pk, operation="U")
    assert [(event.actor, event.reason) for event in events.order_by("pk")] == [
        (by.name, "New account"),
        (staff.full_name, ""),
    ]


def test_asking_again_makes_the_earlier_link_worthless(cast):
    staff, by = cast.nurse.staff, cast.administrator.actor(NOW)
    ask_for_password(staff, reason="Forgotten", by=by, at=NOW)
    earlier = default_token_generator.make_token(staff)
    ask_for_password(staff, reason="Mail was lost", by=by, at=NOW)
    with pytest.raises(Refused, match="no longer works"):
        choose_password(staff, token=earlier, password=STRONG, by=Actor.of(staff, at=NOW))


def test_who_has_to_choose_a_password_signs_nothing(cast):
    subject = screened(cast)
    ask_for_password(cast.investigator.staff, reason="Forgotten", by=cast.administrator.actor(NOW), at=NOW)
    assert "not your password" in refusal(cast, subject, cast.password)


def test_nobody_closes_their_own_account(cast):
    with pytest.raises(Refused, match="their own"):
        close_account(cast.administrator.staff, reason="Left", by=cast.administrator.actor(NOW))


def test_a_closed_account_holds_no_delegation(cast):
    close_account(cast.coordinator.staff, reason="Left", by=cast.administrator.actor(NOW))
    assert not cast.coordinator.actor(NOW).delegations


def add_administrator(email: str = "first@demo.example") -> str:
    said = StringIO()
    call_command("add_administrator", email=email, name="Ada First", stdout=said)
    return said.getvalue()


def test_the_first_administrator_comes_from_a_command_and_only_the_first(cast, monkeypatch):
    monkeypatch.setitem(os.environ, "ADMINISTRATOR_PASSWORD", STRONG)
    with pytest.raises(CommandError, match="There is an administrator already"):
        add_administrator()
    close_account(cast.administrator.staff, reason="Left", by=SYSTEM)
    assert add_administrator() == "Ada First may sign in as first@demo.example.\n"
    staff = StaffMember.objects.get(email="first@demo.example")
    assert staff.role == Role.ADMINISTRATOR
    assert staff.check_password(STRONG)


def test_the_first_administrator_needs_a_good_password(cast, monkeypatch):
    close_account(cast.administrator.staff, reason="Left", by=SYSTEM)
    monkeypatch.setitem(os.environ, "ADMINISTRATOR_PASSWORD", "admin")
    with pytest.raises(CommandError, match="too short"):
        add_administrator()
    answers = iter([STRONG, "another-password-1"])
    monkeypatch.delitem(os.environ, "ADMINISTRATOR_PASSWORD")
    command = "trial_site.core.management.commands.add_administrator.getpass"
    monkeypatch.setattr(command, lambda prompt: next(answers))
    with pytest.raises(CommandError, match="The two passwords differ"):
        add_administrator()


# --- The password given when signing (21 CFR 11.300(d)) ---


def refusal(cast, subject, password: str) -> str:
    with pytest.raises(Refused) as refused:
        sign(cast, subject, password=password)
    return str(refused.value)


def test_wrong_signing_passwords_are_reported_and_soon_refused(cast, caplog):
    subject = screened(cast)
    with caplog.at_level(logging.WARNING):
        said = [refusal(cast, subject, "a wrong guess") for _ in range(ATTEMPTS)]
    assert set(said) == {"This is not your password. Nothing was signed."}
    warnings = [record.getMessage() for record in caplog.records if record.name == "trial_site.core.signing"]
    assert warnings == [
        f"Wrong signing password for staff member {cast.investigator.staff.pk} ({n} of {ATTEMPTS})."
        for n in range(1, ATTEMPTS + 1)
    ]
    assert "a wrong guess" not in caplog.text
    assert "Too many wrong passwords" in refusal(cast, subject, cast.password)
    assert not Signature.objects.exists()
    assert sign(cast, subject, by=cast.principal).decision == "eligible"


def test_the_right_password_forgets_the_wrong_ones(cast):
    def give(password: str) -> None:
        require_password(cast.nurse.staff, password, field="second_password", wrong="Wrong")

    for _ in range(3):
        for _ in range(ATTEMPTS - 1):
            with pytest.raises(Refused, match="Wrong"):
                give("a guess")
        give(cast.password)


def test_signing_is_possible_again_when_the_time_has_passed(cast, monkeypatch):
    monkeypatch.setattr("trial_site.core.signing.MINUTES", 1 / 60)
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(Refused):
            require_password(cast.nurse.staff, "a guess", field="password", wrong="Wrong")
    time.sleep(1.2)
    require_password(cast.nurse.staff, cast.password, field="password", wrong="Wrong")
