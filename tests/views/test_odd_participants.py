"""Participants whom no action made: rows that somebody with the application's credentials wrote past it."""

import pytest

from enrollment.models import Subject
from randomization.actions import finish_interrupted_randomizations
from tests.secrecy.attacker import Attacker
from tests.views.pages import BLINDED, signed_in

PAGES = [
    "/",
    "/infusion/",
    "/infusion/pharmacy/",
    "/participants/",
    "/participants/{number}/",
    "/participants/{number}/review/",
    "/recruitment/",
    "/recruitment/screening-log/",
    "/review/",
    "/monitoring/01/",
    "/lock/01/",
    "/visits/calls/",
    "/visits/{number}/D7/",
    "/visits/{number}/adverse-events/",
    "/infusion/{number}/",
    "/infusion/{number}/order/",
    "/screening/{number}/form/",
    "/screening/{number}/eligibility/",
]


@pytest.mark.django_db(transaction=True)
def test_no_page_fails_over_a_participant_randomized_without_consent_or_screening(cast, application):
    attacker = Attacker(application)
    attacker.committed_request()
    attacker.allocated_subject()
    finish_interrupted_randomizations()
    odd = Subject.objects.filter(state="identified", screening=None).exclude(randomization=None)
    assert len(odd) == 2
    for who in (*BLINDED, "pharmacist"):
        client = signed_in(getattr(cast, who))
        for path in PAGES:
            assert client.get(path.format(number=odd[0].number)).status_code < 500
