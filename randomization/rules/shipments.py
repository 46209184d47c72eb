"""What must be right about a shipment when it is received. The same for every product: it travels the same way."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# Above the glass transition of frozen cells their life is in doubt; whoever receives says what happened. Assumed.
WARMEST_C = Decimal(-130)


def shipment_problems(values: Mapping[str, Any], *, at: datetime, today: date) -> dict[str, str]:
    """Field -> kind of problem."""
    found = {}
    if values["received_at"] > at:
        found["received_at"] = "future"
    if values["expires_on"] <= today:
        found["expires_on"] = "expired"
    if values["coldest_c"] > values["warmest_c"]:
        found["coldest_c"] = "coldest_warmer"
    if values["warmest_c"] > WARMEST_C and not values["excursion"].strip():
        found["excursion"] = "excursion_unexplained"
    return found
