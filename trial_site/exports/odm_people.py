"""ODM AdminData: who is named in a file, and where they work.

OIDs: U.<account number>, U.<name of a system task>; L.<site code>, L.STUDY for everybody who works for all sites.
"""

from collections.abc import Iterable
from typing import Any

from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import INVESTIGATORS
from trial_site.core.protocol import Protocol
from trial_site.exports.languages import in_languages
from trial_site.exports.odm_metadata import E, Element, version_oid
from trial_site.monitoring.models import Signature

STUDY = "STUDY"
# 21 CFR 11.100(c): what everybody who signs has declared.
LEGAL_REASON = (
    "The signer is responsible for what was signed; the electronic signature is the legally binding equivalent of"
    " a handwritten one."
)


def user_oid(person: int | None, name: str, login: str) -> str:
    if person is not None:
        return f"U.{person}"
    return f"U.{name or f'login:{login}'}"


def location_oid(code: str | None) -> str:
    return f"L.{code or STUDY}"


def admin_data(protocol: Protocol, people: Iterable[Element], sites: Iterable[StudySite]) -> Element:
    return E.AdminData(
        *people,
        location(protocol, location_oid(None), protocol.short_title.en, "Sponsor"),
        *(location(protocol, location_oid(site.code), site.name, "Site") for site in sites),
        *(signature_definition(meaning) for meaning in Signature.Meaning),
        StudyOID=protocol.registry_id,
    )


def staff(person: StaffMember, sites: Iterable[StudySite]) -> Element:
    """Someone without a study site, or of one that is not in the file, stands for the study."""
    code = person.site.code if person.site and person.site in sites else None
    return E.User(
        E.LoginName(person.email),
        E.FullName(person.full_name),
        E.LocationRef(LocationOID=location_oid(code)),
        OID=user_oid(person.pk, "", ""),
        UserType="Investigator" if person.role in INVESTIGATORS else "Other",
    )


def machine(name: str, login: str) -> Element:
    """A task of the system, or a login of the database behind which nobody is named."""
    return E.User(
        E.LoginName(name or login),
        E.LocationRef(LocationOID=location_oid(None)),
        OID=user_oid(None, name, login),
        UserType="Other",
    )


def location(protocol: Protocol, oid: str, name: str, kind: str) -> Element:
    definition = E.MetaDataVersionRef(
        StudyOID=protocol.registry_id,
        MetaDataVersionOID=version_oid(protocol),
        EffectiveDate=protocol.effective.isoformat(),
    )
    return E.Location(definition, OID=oid, Name=name, LocationType=kind)


def signature_definition(meaning: Any) -> Element:
    return E.SignatureDef(
        E.Meaning(in_languages(meaning.label)["en"]),
        E.LegalReason(LEGAL_REASON),
        OID=f"SD.{meaning.value}",
        Methodology="Electronic",
    )
