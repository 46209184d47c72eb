"""Signing in, staying signed in, and what is closed to everybody."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from trial_site.core.actions import add_staff, close_account, end_delegation
from trial_site.core.actors import Actor
from trial_site.core.tasks import clear_sessions

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
SIGN_IN, SIGN_OUT, PASSWORD = "/accounts/login/", "/accounts/logout/", "/accounts/password/change/"
CLOSED = [
    "/accounts/",
    "/accounts/signup/",
    "/accounts/email/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/abc/",
    "/accounts/password/set/",
    "/accounts/password/reset/",
    "/accounts/password/reset/key/1-abc/",
    "/accounts/reauthenticate/",
    "/accounts/login/code/confirm/",
    "/admin/",
]


def sign_in(client: Client, email: str, password: str, **changes):
    return client.post(SIGN_IN, {"login": email, "password": password, **changes})


def is_signed_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_everyone_signs_in_with_their_own_account(cast, client):
    assert client.get("/").url == f"{SIGN_IN}?next=/"
    done = sign_in(client, cast.coordinator.email, cast.password)
    assert (done.status_code, done.url) == (302, "/")
    assert is_signed_in(client)


def test_signing_in_leads_to_no_other_site(cast, client):
    assert sign_in(client, cast.coordinator.email, cast.password, next="https://evil.example/").url == "/"


def test_a_new_session_begins_with_signing_in(cast, client):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    sign_in(client, cast.coordinator.email, cast.password)
    assert client.session.session_key != before


def said(response) -> str:
    token = response.context["csrf_token"]
    return response.content.decode().replace(str(token), "")


def test_a_wrong_password_does_not_tell_whether_the_account_exists(cast):
    known = sign_in(Client(), cast.coordinator.email, "wrong")
    unknown = sign_in(Client(), "nobody.at.all@demo.example", "wrong")
    close_account(cast.nurse.staff, reason="Left", by=SYSTEM)
    closed = sign_in(Client(), cast.nurse.email, "wrong")
    same = said(known).replace(cast.coordinator.email, "")
    assert same == said(unknown).replace("nobody.at.all@demo.example", "")
    assert same == said(closed).replace(cast.nurse.email, "")
    assert "not correct" in same


def test_after_five_wrong_passwords_even_the_right_one_is_refused(cast, client):
    for _ in range(5):
        assert "not correct" in said(sign_in(client, cast.coordinator.email, "wrong"))
    refused = sign_in(client, cast.coordinator.email, cast.password)
    assert "Too many failed" in said(refused)
    assert not is_signed_in(client)
    assert sign_in(Client(), cast.monitor.email, cast.password).status_code == 302


def test_many_guesses_from_one_place_are_refused(cast):
    answers = [sign_in(Client(), f"nobody{n}@demo.example", "wrong") for n in range(11)]
    assert "not correct" in said(answers[9])
    assert "Too many failed" in said(answers[10])


def test_a_closed_account_does_not_sign_in_and_its_session_ends_at_once(cast, client):
    sign_in(client, cast.coordinator.email, cast.password)
    close_account(cast.coordinator.staff, reason="Left", by=SYSTEM)
    assert not is_signed_in(client)
    other = Client()
    answer = other.post(SIGN_IN, {"login": cast.coordinator.email, "password": cast.password}, follow=True)
    assert "This account is closed" in said(answer)
    assert not is_signed_in(other)


@pytest.mark.parametrize("path", CLOSED)
def test_nobody_signs_up_or_gets_a_password_by_mail(cast, client, path):
    for visitor in (client, Client()):
        assert visitor.get(path).status_code == 404
        assert visitor.post(path, {"email": cast.coordinator.email}).status_code == 404
        client.force_login(cast.coordinator.staff)


def test_an_unattended_session_ends_after_30_minutes(cast, client, monkeypatch):
    sign_in(client, cast.coordinator.email, cast.password)
    now = timezone.now()
    for minutes, signed_in in [(29, True), (58, True), (89, False)]:
        monkeypatch.setattr(timezone, "now", lambda later=now + timedelta(minutes=minutes): later)
        assert is_signed_in(client) is signed_in


def test_sessions_that_ended_are_cleared_away_and_open_ones_stay(cast, client):
    for visitor in (Client(), client):
        sign_in(visitor, cast.coordinator.email, cast.password)
    ended = Session.objects.exclude(session_key=client.session.session_key).get()
    ended.expire_date = timezone.now() - timedelta(seconds=1)
    ended.save()
    clear_sessions()
    assert [open_one.session_key for open_one in Session.objects.all()] == [client.session.session_key]


def test_signing_out_is_a_post(cast, client):
    client.force_login(cast.coordinator.staff)
    assert client.get(SIGN_OUT).status_code == 200
    assert is_signed_in(client)
    assert client.post(SIGN_OUT).status_code == 302
    assert not is_signed_in(client)


def test_a_form_of_another_site_is_refused(cast):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.coordinator.staff)
    assert strict.post(SIGN_OUT).status_code == 403
    assert strict.post("/language/", {"language": "zh-hans"}).status_code == 403


def change_password(client: Client, old: str, new: str):
    return client.post(PASSWORD, {"oldpassword": old, "password1": new, "password2": new})


def test_everyone_changes_their_own_password(cast, client):
    other = Client()
    for browser in (client, other):
        browser.force_login(cast.coordinator.staff)
    new = "somewhere-else-entirely-2"
    assert change_password(client, "wrong", new).status_code == 200
    assert change_password(client, cast.password, "short").status_code == 200
    assert cast.coordinator.staff.check_password(cast.password)
    assert change_password(client, cast.password, new).status_code == 302
    assert cast.coordinator.staff.check_password(new)
    assert is_signed_in(client)
    assert not is_signed_in(other)


# --- Language ---


def test_a_language_chosen_before_signing_in_is_that_of_whoever_signs_in(cast, client):
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    assert sign_in(client, cast.coordinator.email, cast.password).status_code == 302
    assert cast.coordinator.staff.language == "zh-hans"
    client.post(SIGN_OUT)
    assert sign_in(client, cast.monitor.email, cast.password).status_code == 302
    assert cast.monitor.staff.language == "en"


def test_the_language_is_the_accounts_and_the_browsers(cast, client):
    client.force_login(cast.coordinator.staff)
    assert client.get("/language/").status_code == 405
    done = client.post("/language/", {"language": "zh-hans", "next": "/protocol/"})
    assert (done.status_code, done.url) == (302, "/protocol/")
    assert cast.coordinator.staff.language == "zh-hans"
    cookie = done.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("zh-hans", "Lax", True)
    assert 'lang="zh-hans"' in client.get("/").content.decode()
    client.logout()
    assert 'lang="zh-hans"' in client.get(SIGN_IN).content.decode()


@pytest.mark.parametrize("language", ["xx", "", "de", "../../etc"])
def test_an_unknown_language_changes_nothing(cast, client, language):
    client.force_login(cast.coordinator.staff)
    assert client.post("/language/", {"language": language}).status_code == 302
    assert cast.coordinator.staff.language == "en"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_the_language_switch_leads_to_no_other_site(cast, client, target):
    assert client.post("/language/", {"language": "en", "next": target}).url == "/"


# --- What somebody without a delegation sees ---


def test_without_delegations_the_start_page_is_empty_and_the_rest_is_closed(cast, client):
    staff = add_staff(
        "new@demo.example",
        full_name="New Person",
        role="coordinator",
        site=cast.site,
        password="a-newcomer-knows-1",
        by=SYSTEM,
    )
    client.force_login(staff)
    home = client.get("/")
    assert home.status_code == 200
    assert not home.context["navigation"]
    for path in [
        "/participants/",
        "/queries/",
        "/screening/",
        "/exports/",
        "/infusion/",
        "/infusion/pharmacy/",
    ]:
        assert client.get(path).status_code in (403, 404), path
    for path in ["/participants/01-001/", "/randomization/01-001/", "/screening/01-001/consent/"]:
        assert client.get(path).status_code == 404, path


def test_the_end_of_a_delegation_takes_effect_at_the_next_request(cast, client):
    client.force_login(cast.coordinator.staff)
    assert client.get("/screening/").status_code == 200
    line = cast.coordinator.staff.delegations.get(task="screen")
    end_delegation(line, reason="Maternity leave", by=cast.principal.actor(), at=timezone.now())
    assert client.get("/screening/").status_code == 403


# --- Headers ---


def check_headers(response) -> None:
    policy = response.headers["Content-Security-Policy"]
    for part in ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]:
        assert part in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_every_page_carries_the_headers_that_protect_it(cast, client):
    pages = [SIGN_IN, "/", "/nowhere/", "/accounts/signup/", "/accounts/inactive/"]
    for path in pages:
        check_headers(client.get(path))
    client.force_login(cast.coordinator.staff)
    for path in ["/", "/participants/", "/protocol/", "/nowhere/", PASSWORD, SIGN_OUT]:
        response = client.get(path)
        check_headers(response)
        assert "no-store" in response.headers["Cache-Control"], path
