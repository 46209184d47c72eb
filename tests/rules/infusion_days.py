"""The protocol, a window in March and an instant of it, for the rules of dosing."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from enrollment.rules import Window
from trial_site.core import protocol as protocols

PROTOCOL = protocols.latest()
SHANGHAI = ZoneInfo("Asia/Shanghai")
WINDOW = Window(date(2026, 3, 11), date(2026, 3, 16))  # onset on 1 March


def at(day: int, hour: int, minute: int = 0, zone=SHANGHAI) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=zone)
