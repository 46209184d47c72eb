"""Pages as a browser without scripts opens and reads them."""

from datetime import datetime

from django.test import Client
from lxml import html


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def page(response) -> html.HtmlElement:
    return html.fromstring(response.content)


def text(response) -> str:
    return " ".join(page(response).xpath("//main")[0].text_content().split())


def typed(at: datetime, subject) -> str:
    """As a browser sends a local date and time."""
    return at.astimezone(subject.site.tz).strftime("%Y-%m-%dT%H:%M")
