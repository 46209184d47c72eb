"""Both components at the first signature of a session, whatever is signed; the password alone after it."""

import pytest
from django.test import Client
from django.utils import timezone

from randomization.models import CodeBreak
from tests.cast import PASSWORD
from tests.story import participant_at
from trial_site.core import forms
from trial_site.core.actions import ask_for_password
from trial_site.core.errors import Refused
from trial_site.core.models import Occurrence, OccurrenceKind
from trial_site.core.signing import ATTEMPTS, answering, require_password
from trial_site.monitoring.models import Signature

pytestmark = pytest.mark.django_db(transaction=True)


def session(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def wrong_ones() -> int:
    return Occurrence.objects.filter(kind=OccurrenceKind.WRONG_SIGNATURE).count()


class Signed(forms.ActionForm):
    """Any form that is signed with one's own password asks for both, without a word in its view."""

    note = forms.forms.CharField()
    password = forms.password_field("Your password", autocomplete="current-password")
    layout = forms.Layout("note", forms.Layout("password"))


class Witnessed(forms.ActionForm):
    second_password = forms.password_field("Password of the second person")


class Page:
    """A request of somebody who did or did not sign yet."""

    def __init__(self, member, **session) -> None:
        self.user, self.session = member.staff, session


@pytest.mark.parametrize(
    ("before", "asked"), [({}, ["note", "password", "email"]), ({"signed": True}, ["note", "password"])]
)
def test_every_form_with_ones_own_password_asks_for_both_the_first_time(cast, before, asked):
    token = answering.set(Page(cast.investigator, **before))
    try:
        form, witnessed = Signed(), Witnessed()
        helper = form.helper
        assert list(form.fields) == asked
        assert [name.name for name in helper.layout.get_field_names()] == sorted(
            asked, key=["note", "email", "password"].index
        )
        witnessed.full_clean()
        assert list(witnessed.fields) == ["second_password"]
    finally:
        answering.reset(token)


def test_the_first_signature_of_a_session_wants_the_address_too_and_the_next_does_not(cast):
    subject, _now = participant_at("followed")
    page = f"/participants/{subject.number}/sign/participant/SU/{subject.pk}/"
    client = session(cast.investigator)
    assert client.post(page, {"password": PASSWORD}).status_code == 422
    someone_else = client.post(page, cast.principal.signature)
    assert someone_else.status_code == 422
    assert wrong_ones() == 1
    assert client.post(page, cast.investigator.signature | {"password": "a guess"}).status_code == 422
    assert wrong_ones() == 2
    assert not Signature.objects.filter(meaning="reviewed").exists()
    assert client.post(page, cast.investigator.signature).status_code == 302
    assert client.post(page, {"password": PASSWORD}).status_code == 302
    other = session(cast.investigator)
    assert other.post(page, {"password": PASSWORD}).status_code == 422, "each session begins anew"


def test_a_code_break_is_signed_like_everything_else(cast):
    subject, _now = participant_at("randomized")
    page = f"/unblinded/{subject.number}/code-break/"
    given = {"category": "emergency", "why": "Anaphylaxis", "password": PASSWORD}
    client = session(cast.investigator)
    assert client.post(page, given).status_code == 422
    assert not CodeBreak.objects.exists()
    assert client.post(page, given | {"email": cast.investigator.email}).status_code == 200


def test_an_administrators_reset_signs_nothing_for_anybody(cast):
    """The old password is gone at once, the session too, and only the person gets the link to choose another."""
    subject, _now = participant_at("followed")
    page = f"/participants/{subject.number}/sign/participant/SU/{subject.pk}/"
    client = session(cast.investigator)
    by = {"by": cast.administrator.actor(), "at": timezone.now()}
    ask_for_password(cast.investigator.staff, reason="Forgotten", **by)
    assert client.post(page, cast.investigator.signature).status_code == 302
    assert client.get(page).url.startswith("/accounts/login/")
    assert not Signature.objects.filter(meaning="reviewed").exists()


def test_nobody_locks_a_colleague_out_by_typing_her_password_wrong(cast):
    """An emergency code break does not wait for a quarter of an hour."""

    def give(who, password: str) -> None:
        token = answering.set(Page(who, signed=True))
        try:
            require_password(cast.principal.staff, password, field="second_password", wrong="Wrong")
        finally:
            answering.reset(token)

    for _ in range(ATTEMPTS):
        with pytest.raises(Refused, match="Wrong"):
            give(cast.investigator, "a guess")
    with pytest.raises(Refused, match="Too many wrong passwords"):
        give(cast.investigator, PASSWORD)
    give(cast.principal, PASSWORD)
