"""Every URL that changes something, asked directly by every role whose job it is not: refused, nothing changed."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from outcomes.models import EndpointScan, Laboratory
from randomization.models import AccessRecord
from tests.cast import LOGINS, Member
from tests.story import participant_at
from trial_site.audit.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

INVESTIGATORS = {"principal", "investigator"}
SCREENERS = INVESTIGATORS | {"coordinator"}
INFUSERS = INVESTIGATORS | {"nurse", "second_nurse"}
PHARMACISTS = {"pharmacist", "second_pharmacist"}
ACCOUNTANTS = PHARMACISTS | {"unblinded_monitor"}
# Who may, by URL name. Everybody else of the cast must be turned away, the coordinator of another site included.
MAY = {
    "enrollment:log": SCREENERS | {"outsider"},
    "enrollment:declined": SCREENERS,
    "enrollment:consent": SCREENERS,
    "enrollment:rescreen": SCREENERS,
    "enrollment:identity": SCREENERS,
    "enrollment:show_identity": SCREENERS,
    "enrollment:email_contact": SCREENERS,
    "enrollment:screening": SCREENERS,
    "enrollment:verdict": SCREENERS,
    "enrollment:take_over": SCREENERS,
    "enrollment:discard": SCREENERS,
    "enrollment:eligibility": INVESTIGATORS,
    "enrollment:screen_failure": INVESTIGATORS,
    "enrollment:unsign": INVESTIGATORS,
    "enrollment:withdrawal": SCREENERS,
    "enrollment:ending": SCREENERS,
    "enrollment:take_back_ending": SCREENERS,
    "enrollment:contacts": SCREENERS,
    "randomization:randomize": SCREENERS,
    "randomization:in_error": INVESTIGATORS,
    "randomization:disclose": PHARMACISTS,
    "randomization:break_code": INVESTIGATORS | {"medical_monitor"},
    "randomization:impact": INVESTIGATORS,
    "randomization:letter_opened": INVESTIGATORS | {"medical_monitor"},
    "randomization:letters": {"monitor"},
    "randomization:study": {"principal", "statistician"},
    "exports:closed_report": set(),  # the unblinded statistician, who is not of the cast
    "exports:unblinded": {"principal", "statistician"},
    "pauses": {"principal", "medical_monitor"},
    "end_pause": {"principal", "medical_monitor"},
    "randomization:open_stock": ACCOUNTANTS,
    "randomization:shipment": ACCOUNTANTS,
    "randomization:account": PHARMACISTS,
    "randomization:receive": PHARMACISTS,
    "randomization:set_hold": PHARMACISTS,
    "randomization:ask_pharmacy": {"unblinded_monitor"},
    "randomization:move_pharmacy_query": ACCOUNTANTS,
    "randomization:close_accounts": {"unblinded_monitor"},
    "randomization:open_accounts": {"unblinded_monitor"},
    "randomization:withdraw_lot": PHARMACISTS,
    "randomization:trace": ACCOUNTANTS,
    "randomization:reconciliation": ACCOUNTANTS,
    "dosing:slot": SCREENERS,
    "dosing:move_slot": SCREENERS,
    "dosing:cancel_slot": SCREENERS,
    "dosing:unit": SCREENERS | PHARMACISTS,
    "dosing:block_day": SCREENERS | PHARMACISTS,
    "dosing:open_day": SCREENERS | PHARMACISTS,
    "dosing:order": INVESTIGATORS,
    "dosing:prepare": PHARMACISTS,
    "dosing:day_contents": PHARMACISTS,
    "dosing:worksheet": PHARMACISTS,
    "dosing:call_back": PHARMACISTS,
    "dosing:take_back": PHARMACISTS,
    "dosing:another_bag": INVESTIGATORS | PHARMACISTS,
    "dosing:hand_over": INFUSERS,
    "dosing:start": INFUSERS,
    "dosing:interrupt": INFUSERS,
    "dosing:resume": INFUSERS,
    "dosing:problem": INFUSERS,
    "dosing:record_past": INFUSERS,
    "dosing:stop": INFUSERS,
    "dosing:vitals": INFUSERS,
    "dosing:reaction": INFUSERS,
    "outcomes:visit": {"assessor", "coordinator"},
    "outcomes:check": {"assessor", "coordinator"},
    "outcomes:take_over": {"assessor", "coordinator"},
    "outcomes:discard": {"assessor", "coordinator"},
    "outcomes:keep_draft": SCREENERS,
    "outcomes:take_over_draft": SCREENERS,
    "outcomes:discard_draft": SCREENERS,
    "outcomes:entries": {"coordinator"},
    "outcomes:entry": {"coordinator"},
    "outcomes:daily_status": {"assessor"},
    "outcomes:visit_date": {"assessor", "coordinator"},
    "outcomes:adverse_event": SCREENERS,
    "outcomes:amend_adverse_event": SCREENERS,
    "outcomes:serious_event": SCREENERS,
    "outcomes:calls": SCREENERS | {"outsider"},
    "outcomes:resend": {"coordinator", "outsider"},
    "outcomes:read_ct": {"ct_reader"},
    "outcomes:guess": SCREENERS | {"assessor"},
    "outcomes:results": INVESTIGATORS,
    "outcomes:ranges": {"coordinator"},
    "outcomes:laboratory_file": {"coordinator"},
    "outcomes:susar": {"safety_officer"},
    "enrollment:approve_consent": {"administrator"},
    "enrollment:approve_protocol": {"administrator"},
    "administration:sites": {"administrator"},
    "administration:site": {"administrator"},
    "administration:staff": {"administrator"},
    "administration:new_password": {"administrator"},
    "administration:close": {"administrator"},
    "administration:delegate": {"principal"},
    "administration:end_delegation": {"principal"},
    "monitoring:open_query": {"monitor", "data_manager"},
    "casebook:verify": {"monitor"},
    "randomization:told": {"principal", "statistician"},
    "casebook:report_deviation": SCREENERS | INFUSERS | {"monitor", "data_manager"},
    "casebook:sign": INVESTIGATORS,
    "casebook:monitor_site": {"monitor"},
    "casebook:hide": SCREENERS | INFUSERS | {"monitor", "data_manager", "assessor"},
    "casebook:freeze": {"monitor", "data_manager"},
    "casebook:trail_copy": INVESTIGATORS | {"monitor", "data_manager", "inspector"},
    "casebook:audit_reviews": {"data_manager"},
    "casebook:lock": {"data_manager", "statistician"},
    "casebook:lock_site": {"data_manager", "statistician"},
    "casebook:data_review": {"data_manager", "statistician"},
    "casebook:analysis_sets": {"data_manager", "statistician"},
    "exports:make": {"monitor", "data_manager", "statistician", "inspector"},
    "exports:take": {"monitor", "data_manager", "statistician", "inspector"},
    "exports:cancel": {"monitor", "data_manager", "statistician", "inspector"},
    "exports:close_out_site": {"data_manager", "statistician"},
    "exports:close_site": {"data_manager", "statistician"},
    "exports:open_site_again": {"data_manager", "statistician"},
    "exports:take_copy": SCREENERS
    | INFUSERS
    | {"monitor", "data_manager", "medical_monitor", "safety_officer", "inspector"},
}
READ_ONLY = {
    "randomization:supply",
    "enrollment:versions",
    "administration:account",
    "administration:delegations",
    "home",
    "casebook:subjects",
    "casebook:subject",
    "casebook:audit",
    "casebook:trail",
    "casebook:progress",
    "casebook:monitoring",
    "casebook:monitor_report",
    "casebook:deviations",
    "casebook:review",
    "casebook:queries",
    "casebook:recruitment",
    "casebook:screening_log",
    "casebook:protocol",
    "randomization:code_breaks",
    "dosing:worklist",
    "dosing:pharmacy",
    "dosing:label",
    "dosing:infusion",
    "dosing:monitor",
    "outcomes:other_forms",
    "outcomes:safety",
    "outcomes:serious_event_pdf",
    "outcomes:reminders",
    "outcomes:ct_reads",
    "exports:close_out",
    "exports:exports",
    "exports:open_report",
    "exports:export",
    "exports:manifest",
}
OF_ONESELF = {"set_language", "outcomes:my_reminders"}  # and the pages of allauth, which know nobody else
ANSWERED_BY_MANY = {
    "monitoring:query",
    "casebook:deviation",
}  # tests/views: what may be said depends on the state of the query


def test_everyone_else_is_turned_away_and_nothing_changes(cast) -> None:
    subject, _now = participant_at("followed")
    clients = {name: signed_in(Member(f"{login}@demo.example")) for name, login in LOGINS.items()}
    before = traces()
    for name, allowed in MAY.items():
        address = reverse(name, args=arguments(name, subject.number))
        for role in clients.keys() - allowed:
            answer = clients[role].post(address, {"confirmed": "on", "why": "curiosity", "text": "why?"})
            assert answer.status_code in (403, 404), f"{role} at {address}: {answer.status_code}"
            assert b"CANARY" not in answer.content
        assert Client().post(address).status_code == 302, f"signed out at {address}"
    assert traces() == before


def test_no_url_is_forgotten() -> None:
    decided = MAY.keys() | READ_ONLY | OF_ONESELF | ANSWERED_BY_MANY
    assert {name for name in names(get_resolver()) if not name.startswith("account_")} == decided


def test_another_sites_participant_does_not_exist_at_any_address(cast) -> None:
    """404 wherever a participant's number stands, whatever is asked and by whom of the other site."""
    subject, _now = participant_at("followed")
    client = signed_in(cast.outsider)
    asked = 0
    for name in names(get_resolver()):
        try:
            address = reverse(name, args=arguments(name, subject.number))
        except NoReverseMatch:
            continue
        if subject.number in address:
            asked += 1
            assert client.get(address).status_code in (404, 405), address
            assert client.post(address).status_code in (404, 405), address
            assert 404 in (client.get(address).status_code, client.post(address).status_code), address
    assert asked > 20


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def traces() -> tuple[int, int]:
    """Everything that is written leaves a trace in history; looking into the sealed room leaves a record."""
    return Event.objects.count(), AccessRecord.objects.count()


NO_PARTICIPANT = (
    "randomization:told",
    "casebook:trail_copy",
    "casebook:audit_reviews",
    "administration:sites",
    "administration:staff",
    "dosing:day_contents",
    "enrollment:log",
    "exports:make",
    "casebook:lock",
    "casebook:data_review",
    "pauses",
    "randomization:letters",
    "randomization:study",
    "exports:closed_report",
    "exports:unblinded",
    "outcomes:calls",
)
STUDY_SITE = (
    "administration:site",
    "dosing:unit",
    "dosing:block_day",
    "dosing:open_day",
    "enrollment:approve_consent",
    "enrollment:approve_protocol",
    "casebook:lock_site",
    "casebook:monitor_site",
    "casebook:monitor_report",
    "exports:close_out_site",
    "exports:close_site",
    "exports:open_site_again",
    "randomization:open_stock",
    "randomization:account",
    "randomization:receive",
    "randomization:set_hold",
    "randomization:ask_pharmacy",
    "randomization:move_pharmacy_query",
    "randomization:close_accounts",
    "randomization:open_accounts",
    "randomization:withdraw_lot",
    "randomization:trace",
    "randomization:reconciliation",
    "outcomes:ranges",
    "outcomes:laboratory_file",
)
STAFF = (
    "administration:new_password",
    "administration:close",
    "administration:delegate",
    "administration:end_delegation",
)
VISIT = tuple(f"outcomes:{page}" for page in ("visit", "check", "visit_date", "take_over", "discard"))
EXPORTS = ("exports:take", "exports:cancel", "exports:export", "exports:manifest")
REVIEWED = ("casebook:verify", "casebook:sign", "casebook:freeze")


def arguments(name: str, number: str) -> list:
    laboratory = Laboratory.objects.get(visit__code="D7").pk
    others = {
        **{page: [] for page in NO_PARTICIPANT},
        **{page: ["01"] for page in STUDY_SITE},
        **{page: [1] for page in STAFF},
        **{page: [number, "D7"] for page in VISIT},
        **{page: [number, "record", "LB", laboratory] for page in REVIEWED},
        **{page: ["0123456789abcdef"] for page in EXPORTS},
        **{f"outcomes:{page}": [number, 1] for page in ("amend_adverse_event", "serious_event", "susar")},
        **{f"outcomes:{page}_draft": [number, "AE", 0] for page in ("keep", "take_over", "discard")},
        "outcomes:serious_event_pdf": [number, 1],
        "outcomes:read_ct": [EndpointScan.objects.get(scan__visit__code="D0").code],
        "casebook:hide": ["SC", 1, "judgement_reason"],
        "exports:take_copy": ["01", "0123456789abcdef"],
        "outcomes:entries": [number, "CM"],
        "outcomes:entry": [number, "CM", 1],
        "enrollment:take_back_ending": [number, 1],
        "end_pause": [1],
        "outcomes:resend": [1],
        "randomization:shipment": ["01", "S00000000"],
        "monitoring:open_query": ["LB", laboratory, "crp_mg_l"],
    }
    return others.get(name, [number])


def names(resolver: URLResolver, prefix: str = "") -> list[str]:
    found: list[str] = []
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            found.append(f"{prefix}{each.name}")
        else:
            found += names(each, f"{each.namespace}:" if each.namespace else prefix)
    return found
