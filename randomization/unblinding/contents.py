"""What kits contain, for who prepares them."""

from randomization import vault
from randomization.models import AccessRecord
from randomization.vault import KitContents
from trial_site.audit.action import action
from trial_site.core.actors import Actor


@action
def kit_contents(access: AccessRecord, *, by: Actor) -> list[KitContents]:
    """What the kits of the access record's participant contain; possible for 60 seconds after the record."""
    return vault.disclose(access.pk)
