"""Tasks, and the roles that may hold a delegation for them. A role without a delegation may do nothing.

The rows are the role matrix of docs/generated/role-matrix.md. Unblinded roles (pharmacist, unblinded monitor,
unblinded statistician) never share a task with those who collect or judge blinded data.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed


class Role(models.TextChoices):
    PRINCIPAL_INVESTIGATOR = "principal_investigator", _("Principal investigator")
    INVESTIGATOR = "investigator", _("Investigator")
    COORDINATOR = "coordinator", _("Site coordinator")
    NURSE = "nurse", _("Study nurse")
    PHARMACIST = "pharmacist", _("Pharmacist (unblinded)")
    ASSESSOR = "assessor", _("Blinded assessor")
    CT_READER = "ct_reader", _("CT reader")
    MONITOR = "monitor", _("Monitor")
    UNBLINDED_MONITOR = "unblinded_monitor", _("Unblinded monitor")
    DATA_MANAGER = "data_manager", _("Data manager")
    STATISTICIAN = "statistician", _("Statistician")
    UNBLINDED_STATISTICIAN = "unblinded_statistician", _("Unblinded statistician")
    MEDICAL_MONITOR = "medical_monitor", _("Medical monitor")
    SAFETY_OFFICER = "safety_officer", _("Safety officer")
    INSPECTOR = "inspector", _("Inspector (read only)")
    ADMINISTRATOR = "administrator", _("Administrator")


class Task(models.TextChoices):
    SCREEN = "screen", _("Log and screen participants")
    KEEP_IDENTITIES = "keep_identities", _("Keep the identification log")
    OBTAIN_CONSENT = "obtain_consent", _("Obtain informed consent")
    ASSESS_ELIGIBILITY = "assess_eligibility", _("Assess and sign eligibility")
    SCHEDULE_INFUSION = "schedule_infusion", _("Reserve infusion slots")
    RANDOMIZE = "randomize", _("Randomize")
    ORDER_INFUSION = "order_infusion", _("Sign the day-0 re-check and order the infusion")
    MANAGE_SUPPLY = "manage_supply", _("Receive, release and account for kits (unblinded)")
    MONITOR_SUPPLY = "monitor_supply", _("Monitor supply and accountability (unblinded)")
    PREPARE_PRODUCT = "prepare_product", _("Prepare and release the product (unblinded)")
    INFUSE = "infuse", _("Give the infusion")
    BREAK_CODE = "break_code", _("Break the code of a participant")
    PAUSE_STUDY = "pause_study", _("Pause randomization or infusion")
    ASSESS_OUTCOMES = "assess_outcomes", _("Assess outcomes (blinded)")
    RECORD_LABORATORY = "record_laboratory", _("Record laboratory results")
    JUDGE_LABORATORY = "judge_laboratory", _("Judge results out of range")
    READ_CT = "read_ct", _("Read chest CT for the endpoint")
    RECORD_SAFETY = "record_safety", _("Record adverse events")
    ASSESS_CAUSALITY = "assess_causality", _("Judge causality of adverse events")
    ASSESS_SUSAR = "assess_susar", _("Assess serious events for expedited reporting")
    VIEW_CASEBOOK = "view_casebook", _("Read case report forms")
    RAISE_QUERY = "raise_query", _("Raise and close queries")
    ANSWER_QUERY = "answer_query", _("Answer queries")
    RAISE_DEVIATION = "raise_deviation", _("Report protocol deviations")
    CLOSE_DEVIATION = "close_deviation", _("Close deviations with a corrective action")
    VERIFY_SOURCE = "verify_source", _("Verify source data")
    SIGN_CASEBOOK = "sign_casebook", _("Sign case report forms")
    FREEZE = "freeze", _("Freeze records, visits and participants")
    LOCK = "lock", _("Lock sites and the database")
    UNBLIND_STUDY = "unblind_study", _("Unblind the study after database lock")
    REPORT_CLOSED = "report_closed", _("Prepare closed reports for the DSMB (unblinded)")
    EXPORT = "export", _("Export case report forms (blinded)")
    VIEW_AUDIT = "view_audit", _("Read the audit trail")
    REVIEW_AUDIT = "review_audit", _("Record reviews of the audit trail")
    SIGN_DELEGATION = "sign_delegation", _("Sign the delegation log")
    ADMINISTER = "administer", _("Manage staff and sites")


R, T = Role, Task
INVESTIGATORS: set[Role] = {R.PRINCIPAL_INVESTIGATOR, R.INVESTIGATOR}
MAY_HOLD: dict[str, set[Role]] = {
    T.SCREEN: INVESTIGATORS | {R.COORDINATOR},
    T.KEEP_IDENTITIES: INVESTIGATORS | {R.COORDINATOR},
    T.OBTAIN_CONSENT: INVESTIGATORS | {R.COORDINATOR},
    T.ASSESS_ELIGIBILITY: INVESTIGATORS,
    T.SCHEDULE_INFUSION: INVESTIGATORS | {R.COORDINATOR},
    T.RANDOMIZE: INVESTIGATORS | {R.COORDINATOR},
    T.ORDER_INFUSION: INVESTIGATORS,
    T.MANAGE_SUPPLY: {R.PHARMACIST},
    T.MONITOR_SUPPLY: {R.UNBLINDED_MONITOR},
    T.PREPARE_PRODUCT: {R.PHARMACIST},
    T.INFUSE: INVESTIGATORS | {R.NURSE},
    T.BREAK_CODE: INVESTIGATORS | {R.MEDICAL_MONITOR},
    T.PAUSE_STUDY: {R.PRINCIPAL_INVESTIGATOR, R.MEDICAL_MONITOR},
    T.ASSESS_OUTCOMES: {R.ASSESSOR},
    T.RECORD_LABORATORY: {R.COORDINATOR},
    T.JUDGE_LABORATORY: INVESTIGATORS,
    T.READ_CT: {R.CT_READER},
    T.RECORD_SAFETY: INVESTIGATORS | {R.COORDINATOR},
    T.ASSESS_CAUSALITY: INVESTIGATORS,
    T.ASSESS_SUSAR: {R.SAFETY_OFFICER},
    T.VIEW_CASEBOOK: INVESTIGATORS
    | {R.COORDINATOR, R.NURSE, R.MONITOR, R.DATA_MANAGER, R.MEDICAL_MONITOR, R.SAFETY_OFFICER, R.INSPECTOR},
    T.RAISE_QUERY: {R.MONITOR, R.DATA_MANAGER},
    T.ANSWER_QUERY: INVESTIGATORS | {R.COORDINATOR, R.NURSE, R.ASSESSOR},
    T.RAISE_DEVIATION: INVESTIGATORS | {R.COORDINATOR, R.NURSE, R.MONITOR, R.DATA_MANAGER},
    T.CLOSE_DEVIATION: INVESTIGATORS,
    T.VERIFY_SOURCE: {R.MONITOR},
    T.SIGN_CASEBOOK: INVESTIGATORS,
    T.FREEZE: {R.DATA_MANAGER, R.MONITOR},
    T.LOCK: {R.DATA_MANAGER, R.STATISTICIAN},
    T.UNBLIND_STUDY: {R.PRINCIPAL_INVESTIGATOR, R.STATISTICIAN},
    T.REPORT_CLOSED: {R.UNBLINDED_STATISTICIAN},
    T.EXPORT: {R.MONITOR, R.DATA_MANAGER, R.STATISTICIAN, R.INSPECTOR},
    T.VIEW_AUDIT: INVESTIGATORS | {R.MONITOR, R.DATA_MANAGER, R.INSPECTOR},
    T.REVIEW_AUDIT: {R.DATA_MANAGER},
    T.SIGN_DELEGATION: {R.PRINCIPAL_INVESTIGATOR},
    T.ADMINISTER: {R.ADMINISTRATOR},
}
# What remains to the accounts of a closed study site.
READING_TASKS = (T.VIEW_CASEBOOK, T.VIEW_AUDIT)
# What is done about the study as a whole, or about a site from outside it, closed or not.
STUDY_TASKS = (
    *READING_TASKS,
    T.EXPORT,
    T.LOCK,
    T.REVIEW_AUDIT,
    T.BREAK_CODE,
    T.PAUSE_STUDY,
    T.UNBLIND_STUDY,
    T.REPORT_CLOSED,
    T.SIGN_DELEGATION,
    T.ADMINISTER,
)
UNBLINDED_TASKS = (T.MANAGE_SUPPLY, T.MONITOR_SUPPLY, T.PREPARE_PRODUCT, T.REPORT_CLOSED)


def tasks_of(role: str) -> list[Task]:
    """The tasks a role may be delegated, in the order of the list above."""
    return [task for task in Task if role in MAY_HOLD[task]]


def can(actor: Actor, task: str, site_id: int | None = None) -> bool:
    """Is this task delegated to the actor now, at that site (or, with None, at any)?"""
    return any(
        (held == task and site_id in (None, where)) or (held, where) == (task, None)
        for held, where in actor.delegations
    )


def require(actor: Actor, task: str, site_id: int | None = None) -> None:
    """The first line of every action. Raises NotAllowed, which says what is missing and nothing else."""
    if not can(actor, task, site_id):
        raise NotAllowed(
            _("This needs a current delegation for “%(task)s” at this site.") % {"task": Task(task).label}
        )
