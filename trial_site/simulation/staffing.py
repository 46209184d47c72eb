"""The demo study's sites, staff and delegation log, made through the same actions an administrator uses."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from enrollment.actions import approve_consent_version
from trial_site.core.actions import add_site, add_staff, delegate
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Role, tasks_of

SITES = [
    ("01", "Hebei Medical University, Shijiazhuang", "Asia/Shanghai"),
    ("02", "Second study site (demonstration)", "Asia/Hong_Kong"),
]


@dataclass(frozen=True)
class Person:
    """One account to be made: everyone is invented."""

    role: Role
    name: str
    login: str
    site: str | None = "01"


R = Role
PEOPLE = [
    Person(R.ADMINISTRATOR, "Admin Demo", "administrator", None),
    Person(R.PRINCIPAL_INVESTIGATOR, "Prof. Wei Demo", "pi"),
    Person(R.INVESTIGATOR, "Dr. Lin Demo", "investigator"),
    Person(R.COORDINATOR, "Mei Demo", "coordinator"),
    Person(R.NURSE, "Nurse An Demo", "nurse1"),
    Person(R.NURSE, "Nurse Bo Demo", "nurse2"),
    Person(R.PHARMACIST, "Pharmacist Cao Demo", "pharmacist1"),
    Person(R.PHARMACIST, "Pharmacist Dai Demo", "pharmacist2"),
    Person(R.ASSESSOR, "Dr. Fang Demo", "assessor"),
    Person(R.CT_READER, "Dr. Gao Demo", "ctreader", None),
    Person(R.MONITOR, "Monitor Hu Demo", "monitor", None),
    Person(R.UNBLINDED_MONITOR, "Monitor Jin Demo", "monitor.unblinded", None),
    Person(R.DATA_MANAGER, "Data Manager Kang Demo", "datamanager", None),
    Person(R.STATISTICIAN, "Statistician Luo Demo", "statistician", None),
    Person(R.UNBLINDED_STATISTICIAN, "Statistician Ma Demo", "statistician.unblinded", None),
    Person(R.MEDICAL_MONITOR, "Dr. Ning Demo", "medicalmonitor", None),
    Person(R.SAFETY_OFFICER, "Safety Officer Ou Demo", "safetyofficer", None),
    Person(R.INSPECTOR, "Inspector Pan Demo", "inspector", None),
    Person(R.COORDINATOR, "Qi Demo", "coordinator.site02", "02"),
]
DOMAIN = "demo.example"
FOUNDER = Actor.system("found study")


@dataclass(frozen=True)
class Account:
    """A demo account with the password that was drawn for it."""

    role: str
    email: str
    password: str

    def staff(self) -> StaffMember:
        return StaffMember.objects.get(email=self.email)


def draw_password() -> str:
    return secrets.token_urlsafe(12)


def found_study(*, at: datetime, password: Callable[[], str] = draw_password) -> list[Account]:
    """Sites, staff, consent versions and a delegation log signed by the principal investigator, from `at` on."""
    sites = {code: add_site(code, name=name, zone=zone, by=FOUNDER) for code, name, zone in SITES}
    accounts = [open_account(person, sites, password()) for person in PEOPLE]
    principal = StaffMember.objects.get(role=Role.PRINCIPAL_INVESTIGATOR)
    sign_delegations(principal, at=at)
    for site in sites.values():
        approve_consent_version(site, version="1.0", approved_on=site.date_of(at), by=FOUNDER)
    return accounts


def open_account(person: Person, sites: dict[str, StudySite], password: str) -> Account:
    account = Account(person.role, f"{person.login}@{DOMAIN}", password)
    add_staff(
        account.email,
        full_name=person.name,
        role=person.role,
        site=sites[person.site] if person.site else None,
        password=account.password,
        by=FOUNDER,
    )
    return account


def sign_delegations(principal: StaffMember, *, at: datetime) -> None:
    """The principal investigator signs their own line first, for every site, then everyone else's."""
    staff = sorted(StaffMember.objects.all(), key=lambda member: member.pk != principal.pk)
    for member in staff:
        by = Actor.of(principal, at=at + timedelta(seconds=1))
        site = None if member.pk == principal.pk else member.site
        delegate(member, tasks=tasks_of(member.role), site=site, starts_at=at, by=by, at=at)
