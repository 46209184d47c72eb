"""Pages that the journey only passes by, looked at as well: by each role its start page and what hangs on it."""

import pytest

from tests.story import participant_at

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = {
    "principal": [
        "/",
        "/delegations/",
        "/delegations/of/5/",
        "/delegations/3/end/",
        "/screening/sites/01/versions/",
        "/visits/{number}/adverse-events/",
    ],
    "coordinator": [
        "/screening/{number}/withdrawal/",
        "/screening/{number}/ending/",
        "/screening/{number}/contacts/",
        "/screening/{number}/form/",
        "/screening/{number}/identity/",
        "/screening/{number}/consent/",
        "/screening/{number}/again/",
        "/visits/{number}/D7/date/",
        "/visits/{number}/forms/PG/",
        "/visits/{number}/guess/",
        "/visits/laboratory-file/01/",
        "/visits/reminders/",
        "/visits/reminders/mine/",
        "/visits/calls/",
        "/participants/{number}/",
    ],
    "medical_monitor": ["/code-breaks/", "/unblinded/{number}/code-break/"],
    "investigator": ["/infusion/", "/screening/{number}/eligibility/", "/infusion/{number}/order/"],
    "pharmacist": ["/", "/infusion/pharmacy/", "/infusion/{number}/preparation/", "/protocol/"],
    "nurse": ["/", "/infusion/{number}/", "/infusion/{number}/vital-signs/?point=05"],
    "assessor": ["/", "/participants/{number}/", "/visits/{number}/D7/"],
    "monitor": [
        "/",
        "/recruitment/",
        "/recruitment/screening-log/",
        "/participants/{number}/audit/",
        "/queries/",
        "/exports/",
        "/review/",
        "/monitoring/",
        "/monitoring/01/",
        "/participants/{number}/review/",
    ],
    "data_manager": [
        "/audit/?role=coordinator",
        "/audit/reviews/",
        "/participants/{number}/review/",
        "/lock/",
        "/lock/01/",
        "/participants/{number}/analysis-sets/",
        "/exports/close-out/",
        "/exports/close-out/01/",
    ],
    "statistician": ["/", "/unblinded/study/", "/treatment-told/"],
    "administrator": [
        "/",
        "/sites/",
        "/sites/01/",
        "/staff/",
        "/staff/5/",
        "/delegations/",
        "/screening/sites/01/versions/",
        "/accounts/password/change/",
    ],
}


def test_every_role_finds_its_pages_in_order(person, site) -> None:
    number = participant_at("followed")[0].number
    for role, paths in PAGES.items():
        someone = person(role)
        for path in paths:
            someone.open(path.format(number=number))
            someone.look(f"{role}{path.format(number='').split('?')[0].replace('/', '-')}")
    someone.context.clear_cookies()
    someone.open("/accounts/login/")
    someone.look("sign-in")
