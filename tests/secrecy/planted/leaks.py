"""The kinds of leak that the proof must catch."""

import logging
import re
import time
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
  FROM randomization_randomization r JOIN sealed.sealed_place p ON p.randomization_number = r.number
 WHERE p.arm = (SELECT min(arm) FROM sealed.sealed_place) ORDER BY r.id LIMIT 1
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


class GroupNumber(Spoiled):
    """Common to an arm, though it names none: who is in the first participant's group."""

    def spoil(self, response, treatment: Treatment) -> None:
        first = treatments()[min(treatments())]
        response.content += f"<p>Group {1 if treatment.arm == first.arm else 2}</p>".encode()


class StockCount(Spoiled):
    pattern = re.compile(r"^/protocol()/$")

    def __call__(self, request):
        response = self.get_response(request)
        if self.pattern.match(request.path) and response.status_code == 200:
            counts = ",".join(str(count) for (count,) in sealed(STOCK))
            response.content += f"<p>Stock by rack: {counts}</p>".encode()
        return response


class HiddenFilter(Spoiled):
    """A filter over a hidden column, that no page offers."""

    pattern = re.compile(r"^/participants/$")

    def __call__(self, request):
        response, arm = self.get_response(request), request.GET.get("arm")
        if arm and self.pattern.match(request.path):
            shown = [number for number, each in treatments().items() if each.arm == arm]
            response.content += f"<p>Filtered: {' '.join(sorted(shown))}</p>".encode()
        return response


class Slow(Spoiled):
    """Says nothing and takes longer for one arm."""

    def spoil(self, response, treatment: Treatment) -> None:
        time.sleep(2 * treatment.first_arm)


def middleware(spoiled: type[Spoiled]):
    def plant() -> None:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{spoiled.__module__}.{spoiled.__qualname__}"]

    return plant


STOCK = """
SELECT count(k.id) FILTER (WHERE arm = (SELECT min(arm) FROM sealed.sealed_place)) FROM generate_series(0, 9) rack
  LEFT JOIN sealed.sealed_kitcontent k ON right(number, 1) = rack::text
   AND NOT EXISTS (SELECT FROM sealed.sealed_movement m WHERE m.kit_number = k.number AND m.step = 'assigned')
 GROUP BY rack ORDER BY rack
"""


LEAKS = {
    "arm_in_str": arm_in_str,
    "order_by_list_row": order_by_list_row,
    "extra_audit_row": extra_audit_row,
    "expiry_date": middleware(ExpiryDate),
    "header": middleware(Header),
    "log_line": middleware(LogLine),
    "refusal": middleware(Refusal),
    "group_number": middleware(GroupNumber),
    "stock_count": middleware(StockCount),
    "hidden_filter": middleware(HiddenFilter),
    "slow": middleware(Slow),
}
