"""Logs of a server or proxy say how long each answer was: it must be as long for either arm."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from tests.cast import ARMS
from tests.pages import signed_in
from tests.story import participant_at
from tests.views.test_code_break import broken
from tests.views.test_pharmacy import printed
from trial_site.core.middleware import BLOCK, EqualLengthMiddleware

pytestmark = pytest.mark.django_db(transaction=True)


def test_whatever_shows_an_arm_is_as_long_for_either(cast, owner, clock):
    of_arm = {}
    with owner() as connection, connection.cursor() as cursor:
        while len(of_arm) < len(ARMS):
            subject, now = participant_at("ordered", seed=len(of_arm))
            cursor.execute("SELECT sealed_arm_of(%s)", [subject.pk])
            of_arm.setdefault(cursor.fetchone()[0], subject)
    clock(now)
    lengths = {}
    for arm, subject in of_arm.items():
        pharmacist, given = signed_in(cast.pharmacist), {"why": "Preparation"}
        answers = [
            pharmacist.post(reverse("randomization:disclose", args=[subject.number]), given),
            pharmacist.post(reverse("dosing:worksheet", args=[subject.number])),
            broken(cast, subject, signed_in(cast.investigator)),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert arm in answers[0].content.decode()
        lengths[arm] = [len(answer.content) for answer in answers]
    assert lengths[ARMS[0]] == lengths[ARMS[1]]


@pytest.mark.parametrize("length", [5, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 2])
@pytest.mark.parametrize("start", [b"<!doctype html>", b"%PDF-1.7 startxref"])
def test_the_length_tells_the_block_only_and_nothing_is_lost(length, start):
    body = start + b"x" * length + b" startxref 9 %%EOF"
    fill = EqualLengthMiddleware(lambda request: HttpResponse(body))
    filled = fill(RequestFactory().get("/unblinded/x/")).content
    assert len(filled) % BLOCK == 0
    assert len(filled) - len(body) < BLOCK + 2
    assert b"".join(filled.split()).replace(b"%startxref9", b"startxref9") == b"".join(body.split())
    assert fill(RequestFactory().get("/")).content == body


def test_a_worksheet_that_is_filled_up_can_still_be_read(cast, tmp_path):
    subject, _now = participant_at("ordered")
    sheet = signed_in(cast.pharmacist).post(reverse("dosing:worksheet", args=[subject.number]))
    assert subject.number in printed(sheet, tmp_path)
    assert sheet.content[-1024:].rstrip().endswith(b"%%EOF")
