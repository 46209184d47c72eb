"""Creating and amending a case report form record, with the version that detects stale edits."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from trial_site.core.errors import Refused, StaleRecord
from trial_site.core.models import Record, StudySite


def changed_fields(record: Record | StudySite, values: Mapping[str, Any]) -> list[str]:
    """The names in `values` whose value differs from the record's."""
    return [name for name, value in values.items() if getattr(record, name) != value]


def amend(record: Record | StudySite, values: Mapping[str, Any], *, version: int, reason: str) -> list[str]:
    """Write changed `values` to a saved record; the caller is an @action that passes the same `reason`.

    Returns the changed field names. Raises StaleRecord when the record is no longer at `version`, and Refused
    when something changes without a reason.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("amend() runs inside an action")
    current = type(record)._default_manager.select_for_update().get(pk=record.pk)
    if current.version != version:
        raise StaleRecord(_("Somebody else saved this form after you opened it. Nothing was overwritten."))
    changed = changed_fields(current, values)
    if changed and not reason.strip():
        raise Refused(fields={"reason": _("Say why a saved value changes.")})
    for name in changed:
        setattr(current, name, values[name])
    if changed:
        current.version += 1
        current.save(update_fields=[*changed, "version"])
    record.__dict__.update({k: v for k, v in current.__dict__.items() if not k.startswith("_")})
    return changed
