"""U+0000, which PostgreSQL does not take, in an address, a query, a cookie or a form: never a 500."""

import pytest
from django.conf import settings
from django.urls import reverse

from tests.views.pages import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "path", ["/participants/%00/", "/participants/01-001%00/audit/", "/infusion/unit/%00/", "/%00"]
)
def test_no_address_has_it(cast, path):
    answer = signed_in(cast.investigator).get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["/participants/?number=%00", "/audit/?person=a%00", "/?%00=1", "/queries/?state=%00"]
)
def test_a_query_with_it_is_not_understood(cast, path):
    answer = signed_in(cast.investigator).get(path)
    assert answer.status_code == 400
    assert "cannot be understood" in answer.content.decode()


def test_neither_is_a_session_with_it(client):
    client.cookies[settings.SESSION_COOKIE_NAME] = "0" * 32 + "\0"
    assert client.get("/").status_code == 400


def test_a_form_refuses_it_beside_its_field(cast):
    given = {"since": "2026-01-01", "until": "2026-01-02", "findings": "Nothing\0"}
    answer = signed_in(cast.data_manager).post(reverse("casebook:audit_reviews"), given)
    assert answer.status_code == 422
    assert "Null characters are not allowed." in answer.content.decode()


def test_what_no_form_has_refused_is_not_understood(ward):
    """A draft keeps what is typed before any form has judged it."""
    ward.sign_in("assessor")
    answer = ward.client.post(ward.url("check", "D7"), {"form": "VS", "heart_rate": "6\0"})
    assert answer.status_code == 400
    assert "Nothing was saved." in answer.content.decode()
