"""Short ways to open pages as somebody and to read them."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from lxml import html

from enrollment.models import Subject
from enrollment.selectors import screening_of
from trial_site.casebook.selectors import work_of
from trial_site.monitoring import actions
from trial_site.monitoring.models import Query
from trial_site.monitoring.selectors import ref_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BLINDED = [
    "principal",
    "investigator",
    "coordinator",
    "nurse",
    "assessor",
    "monitor",
    "data_manager",
    "statistician",
    "medical_monitor",
    "inspector",
    "administrator",
]


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def get(member, path: str, status: int = 200) -> html.HtmlElement:
    response = signed_in(member).get(path)
    assert response.status_code == status
    return html.fromstring(response.content)


def text(page: html.HtmlElement) -> str:
    return " ".join(page.xpath("//main")[0].text_content().split())


def casebook(subject: Subject) -> str:
    return reverse("casebook:subject", args=[subject.number])


def work(member, at) -> list[tuple[str, str]]:
    return [(todo.sentence, todo.url) for todo in work_of(member.actor(at), at=at)]


def page_of(subject: Subject, view: str, *rest: str) -> str:
    return reverse(view, args=[subject.number, *rest])


def ask(cast, subject: Subject, at) -> Query:
    ref = ref_of("SC", screening_of(subject), "respiratory_rate")
    return actions.open_query(
        ref, text="Please check against the chart.", origin="person", by=cast.monitor.actor(at), at=at
    )
