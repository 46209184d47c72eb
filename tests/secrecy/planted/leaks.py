"""The kinds of leak that the proof must catch."""

import logging
import re
from importlib import import_module

from django.conf import settings
from django.db.models import Case, Value, When

from randomization.models import Randomization
from tests.secrecy.planted.room import Treatment, sealed, treatments
from trial_site.blinding import replica

EXTRA_EVENT = """
INSERT INTO audit_event (tx, at, "table", record_id, subject_id, operation, actor, role, site, action, reason,
                         request, login)
SELECT r.id, r.randomized_at, 'randomization_randomization', r.id, r.subject_id, 'U', '', '', '', '', '', '', ''
  FROM randomization_randomization r JOIN sealed_place p ON p.randomization_number = r.number
 WHERE p.arm = (SELECT min(arm) FROM sealed_place) ORDER BY r.id LIMIT 1
"""


def arm_in_str() -> None:
    Randomization.__str__ = lambda one: f"{one.number} {treatments()[one.subject.number].arm}"


def order_by_list_row() -> None:
    module = import_module("trial_site.casebook.selectors.participants")
    plain = module.subjects_to_read

    def ordered(actor):
        first = [number for number, each in treatments().items() if each.first_arm]
        return plain(actor).order_by(Case(When(number__in=first, then=Value(0)), default=Value(1)), "number")

    module.subjects_to_read = ordered


def extra_audit_row() -> None:
    plain = replica.replay

    def replay(task):
        given = plain(task)
        sealed(EXTRA_EVENT)
        return given

    replica.replay = replay


class Spoiled:
    """Middleware that spoils replies about one participant; `pattern` finds the number in the address."""

    pattern = re.compile(r"^/participants/([\w-]+)/$")

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        about = self.pattern.match(request.path)
        treatment = treatments().get(about[1]) if about else None
        if treatment:
            self.spoil(response, treatment)
        return response

    def spoil(self, response, treatment: Treatment) -> None:
        raise NotImplementedError


class ExpiryDate(Spoiled):
    def spoil(self, response, treatment: Treatment) -> None:
        response.content += f"<p>Kit usable until {treatment.expires_on}</p>".encode()


class Header(Spoiled):
    def spoil(self, response, treatment: Treatment) -> None:
        response.headers["X-Cache-Group"] = str(int(treatment.first_arm))


class LogLine(Spoiled):
    def spoil(self, response, treatment: Treatment) -> None:
        logging.getLogger("trial").warning("%s thawed: %s", treatment.number, treatment.first_arm)


class Refusal(Spoiled):
    pattern = re.compile(r"^/screening/([\w-]+)/withdrawal/$")

    def spoil(self, response, treatment: Treatment) -> None:
        response.status_code = 409 if treatment.first_arm else response.status_code


def middleware(spoiled: type[Spoiled]):
    def plant() -> None:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{spoiled.__module__}.{spoiled.__qualname__}"]

    return plant


LEAKS = {
    "arm_in_str": arm_in_str,
    "order_by_list_row": order_by_list_row,
    "extra_audit_row": extra_audit_row,
    "expiry_date": middleware(ExpiryDate),
    "header": middleware(Header),
    "log_line": middleware(LogLine),
    "refusal": middleware(Refusal),
}
