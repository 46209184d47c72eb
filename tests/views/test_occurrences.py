"""Who came, went and failed to is in the audit trail; no password, no stranger's address."""

import pytest
from django.test import Client

from tests.cast import PASSWORD
from trial_site.audit.models import Event
from trial_site.core.errors import Refused
from trial_site.core.models import Occurrence, OccurrenceKind
from trial_site.core.signing import require_password

pytestmark = pytest.mark.django_db(transaction=True)
K = OccurrenceKind


def sign_in(client: Client, email: str, password: str):
    return client.post("/accounts/login/", {"login": email, "password": password})


def noted() -> list[tuple[str, str]]:
    return [
        (one.kind, one.person.full_name if one.person else "") for one in Occurrence.objects.order_by("pk")
    ]


def test_coming_and_going(cast):
    client = Client()
    assert sign_in(client, "coordinator@demo.example", PASSWORD).status_code == 302
    client.post("/accounts/logout/")
    client.post("/accounts/logout/")
    assert noted() == [(K.SIGNED_IN, "Mei Demo"), (K.SIGNED_OUT, "Mei Demo")]
    event = Event.objects.filter(table="core_occurrence").latest("id")
    assert (event.actor, event.role, event.site) == ("Mei Demo", "coordinator", "01")


def test_failing_to_come(cast):
    client = Client()
    for address in ("Coordinator@demo.example", "stranger@private.example", " STRANGER@private.example"):
        assert sign_in(client, address, "my cat's name").status_code == 200
    stranger = Occurrence.objects.exclude(unknown="").values_list("unknown", flat=True)
    assert noted() == [(K.WRONG_PASSWORD, "Mei Demo"), (K.WRONG_PASSWORD, ""), (K.WRONG_PASSWORD, "")]
    assert len(set(stranger)) == 1
    history = " ".join(str(event.new) for event in Event.objects.filter(table="core_occurrence"))
    assert "stranger" not in history.lower()
    assert "cat" not in history


def test_too_many_attempts_are_noted_as_refused(cast):
    client = Client()
    for _ in range(6):
        sign_in(client, "coordinator@demo.example", "a guess")
    assert noted()[-1] == (K.SIGN_IN_REFUSED, "Mei Demo")


def test_whoever_has_left_is_refused_and_noted(cast):
    from trial_site.core.actions import close_account

    close_account(cast.coordinator.staff, reason="left", by=cast.administrator.actor())
    client = Client()
    sign_in(client, "coordinator@demo.example", PASSWORD)
    assert noted() == [(K.SIGN_IN_REFUSED, "Mei Demo")]
    assert client.get("/").status_code == 302


def test_a_changed_password(cast):
    client = Client()
    client.force_login(cast.coordinator.staff)
    new = "another-long-sentence-7"
    answer = client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    assert noted() == [(K.PASSWORD_CHANGED, "Mei Demo")]


def test_a_wrong_signing_password_outlives_the_action_it_stopped(cast):
    from trial_site.audit.action import action
    from trial_site.core.models import StudySite

    @action
    def inner(*, by):
        require_password(cast.investigator.staff, "a guess", field="password", wrong="Wrong")

    @action
    def outer(*, by):
        StudySite.objects.filter(code="01").update(name="half written")
        inner(by=by)

    with pytest.raises(Refused):
        outer(by=cast.investigator.actor())
    assert noted() == [(K.WRONG_SIGNATURE, "Dr. Lin Demo")]
    assert not StudySite.objects.filter(name="half written").exists()
