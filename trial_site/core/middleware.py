"""Per request: who acts (request.actor), in which language and zone, and what a refusal looks like."""

import uuid
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation

from trial_site.audit.action import request_id
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.signing import answering

Respond = Callable[[HttpRequest], HttpResponse]
NUL = "\0"
BLOCK = 1 << 16
FILLED_UP = ("text/html", "application/pdf")


class ActorMiddleware:
    """request.actor for whoever is signed in; their language and their site's zone for this request."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex)
        try:
            request.actor = None  # type: ignore[attr-defined]
            if not request.user.is_authenticated:
                return self.get_response(request)
            actor = request.actor = Actor.of(request.user, at=timezone.now())  # type: ignore[attr-defined]
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
            signing = answering.set(request)  # type: ignore[arg-type]
            with timezone.override(actor.site.tz if actor.site else timezone.get_default_timezone()):
                try:
                    response = self.get_response(request)
                finally:
                    answering.reset(signing)
            response.headers.setdefault("Cache-Control", "no-store")
            return response
        finally:
            request_id.reset(token)


class NulMiddleware:
    """The one character that PostgreSQL does not take: no address has it, and where no form has refused it beside
    its field, the request is not understood. Never a 500."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path:
            raise Http404
        if has_nul(request.GET) or any(NUL in cookie for cookie in request.COOKIES.values()):
            raise BadRequest
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, (DataError, ValueError)) and has_nul(request.POST):
            raise BadRequest from exception


def has_nul(given: QueryDict) -> bool:
    return any(NUL in text for name, values in given.lists() for text in (name, *values))


class EqualLengthMiddleware:
    """Logs of servers and proxies say how long an answer was. Unblinded pages and papers are filled up to a multiple
    of BLOCK bytes, so that the names of the arms make no difference. A table of the whole study stays as it is."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if request.path.startswith("/unblinded/") and kind in FILLED_UP and not response.streaming:
            response.content = filled_up(response.content)
        return response


def filled_up(content: bytes) -> bytes:
    """With spaces at the end, in a PDF in a comment before the place where its table is found from the end."""
    missing = -len(content) % BLOCK
    if not missing or not content.startswith(b"%PDF"):
        return content + b" " * missing
    body, mark, end = content.rpartition(b"startxref")
    return body + b"%" + b" " * ((missing - 2) % BLOCK) + b"\n" + mark + end


class RefusalMiddleware:
    """A refusal that no page handled beside its field becomes a page of its own: never a 500, never empty."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response.content = render_to_string("405.html")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        return render(request, "refused.html", {"refusal": exception}, status=exception.status)
