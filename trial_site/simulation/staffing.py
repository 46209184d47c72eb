"""The demo study's sites, staff and delegation log, made through the same actions an administrator uses."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from enrollment.actions import approve_consent_version, approve_protocol_version
from trial_site.core import protocol
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
    Person(R.CT_READER, "Dr. Ren Demo", "ctreader2", None),
    Person(R.CT_READER, "Dr. Sun Demo", "ctreader3", None),
]
DOMAIN = "demo.example"
FOUNDER = Actor.system("add administrator")


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
    """Sites, staff, a delegation log signed by the principal investigator, and what the ethics committee approved.

    As in any installation: a command makes the administrator's account, everything else is theirs to enter, and from
    the first line of the log on they act within it.
    """
    administrator, *others = PEOPLE
    accounts = [open_account(administrator, {}, password(), by=FOUNDER)]
    office = accounts[0].staff()
    founder = Actor.of(office, at=at)
    sites = {code: add_site(code, name=name, zone=zone, by=founder) for code, name, zone in SITES}
    accounts += [open_account(person, sites, password(), by=founder) for person in others]
    principal = StaffMember.objects.get(role=Role.PRINCIPAL_INVESTIGATOR)
    [signer] = [account for account in accounts if account.email == principal.email]
    sign_delegations(principal, signer.password, at=at)
    for site in sites.values():
        begin_at(site, by=Actor.of(office, at=at), at=at)
    return accounts


def begin_at(site: StudySite, *, by: Actor, at: datetime) -> None:
    """The ethics committee has approved the first consent form and the protocol in effect."""
    on = site.date_of(at)
    approve_consent_version(site, version="1.0", approved_on=on, by=by)
    version = protocol.current(on).version
    approve_protocol_version(site, version=version, approved_on=on, effective_on=on, by=by, at=at)


def open_account(person: Person, sites: dict[str, StudySite], password: str, *, by: Actor) -> Account:
    account = Account(person.role, f"{person.login}@{DOMAIN}", password)
    add_staff(
        account.email,
        full_name=person.name,
        role=person.role,
        site=sites[person.site] if person.site else None,
        password=account.password,
        by=by,
    )
    return account


def sign_delegations(principal: StaffMember, password: str, *, at: datetime) -> None:
    """The principal investigator signs their own line first, for every site, then everyone else's."""
    staff = sorted(StaffMember.objects.all(), key=lambda member: member.pk != principal.pk)
    for member in staff:
        by = Actor.of(principal, at=at + timedelta(seconds=1))
        site = None if member.pk == principal.pk else member.site
        tasks = tasks_of(member.role)
        delegate(member, tasks=tasks, site=site, starts_at=at, password=password, by=by, at=at)
