"""Who acts: a member of staff within their delegation, or a named system task."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trial_site.core.models import StaffMember, StudySite


@dataclass(frozen=True)
class Actor:
    """A person or a task, with what they may do at one instant.

    delegations: (task, site id) pairs in force; a site id of None means every study site.
    """

    id: int | None
    name: str
    role: str
    site: "StudySite | None" = None
    delegations: frozenset[tuple[str, int | None]] = frozenset()
    staff: "StaffMember | None" = None

    @classmethod
    def of(cls, staff: "StaffMember", *, at: datetime) -> "Actor":
        """The actor that `staff` is at `at`: only delegations signed and in force then count."""
        return cls(
            id=staff.pk,
            name=staff.full_name,
            role=staff.role,
            site=staff.site,
            delegations=frozenset(staff.delegations_in_force(at=at)),
            staff=staff,
        )

    @classmethod
    def system(cls, task: str) -> "Actor":
        return cls(id=None, name=f"system:{task}", role="system")

    @property
    def person_id(self) -> int:
        """The id of the person who acts. Raises LookupError for a system task, which is nobody."""
        if self.id is None:
            raise LookupError(f"{self.name} is no person")
        return self.id

    @property
    def is_system(self) -> bool:
        return self.role == "system"

    def audit_context(self) -> dict[str, Any]:
        return {
            "actor_id": self.id,
            "actor": self.name,
            "role": self.role,
            "site": self.site.code if self.site else "",
        }
