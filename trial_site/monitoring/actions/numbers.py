"""Numbers that are read out over the telephone."""

import secrets

from trial_site.monitoring.models import Deviation, Query

# No characters that are mistaken for one another when a number is read out.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def free_number(model: type[Query | Deviation], letter: str) -> str:
    """Random, so that it tells neither how many there are nor when this one was opened."""
    while True:
        number = f"{letter}-" + "".join(secrets.choice(ALPHABET) for place in range(5))
        if not model._default_manager.filter(number=number).exists():
            return number
