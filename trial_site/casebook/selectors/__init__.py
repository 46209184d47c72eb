from trial_site.casebook.selectors.access import require_reader, subject_to_read
from trial_site.casebook.selectors.book import casebook_of
from trial_site.casebook.selectors.course import milestones
from trial_site.casebook.selectors.oversight import delegation_log, staff_list
from trial_site.casebook.selectors.participants import participants, rows
from trial_site.casebook.selectors.questions import listed, questions, unsettled
from trial_site.casebook.selectors.trail import told, trail_of
from trial_site.casebook.selectors.visits import timeline
from trial_site.casebook.selectors.worklist import has_duties, next_step, work_of

__all__ = [
    "casebook_of",
    "delegation_log",
    "has_duties",
    "listed",
    "milestones",
    "next_step",
    "participants",
    "questions",
    "require_reader",
    "rows",
    "staff_list",
    "subject_to_read",
    "timeline",
    "told",
    "trail_of",
    "unsettled",
    "work_of",
]
