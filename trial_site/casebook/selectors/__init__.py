from trial_site.casebook.selectors.access import require_reader, subject_to_read
from trial_site.casebook.selectors.book import casebook_of
from trial_site.casebook.selectors.checklist import checklist, subject_to_analyse, who_may_lock
from trial_site.casebook.selectors.course import milestones
from trial_site.casebook.selectors.derived import derived_for
from trial_site.casebook.selectors.oversight import oversight, oversights, sites_to_monitor
from trial_site.casebook.selectors.participants import participants, rows
from trial_site.casebook.selectors.questions import listed, questions, unsettled
from trial_site.casebook.selectors.review import (
    freeze_of,
    progress_by_site,
    review_of,
    reviewed_ref,
    values_to_verify,
    visit_title,
)
from trial_site.casebook.selectors.study_trail import chosen, last_seal, study_trail
from trial_site.casebook.selectors.trail import told, trail_of
from trial_site.casebook.selectors.visits import timeline
from trial_site.casebook.selectors.worklist import has_duties, next_step, work_of

__all__ = [
    "casebook_of",
    "checklist",
    "chosen",
    "derived_for",
    "freeze_of",
    "has_duties",
    "last_seal",
    "listed",
    "milestones",
    "next_step",
    "oversight",
    "oversights",
    "participants",
    "progress_by_site",
    "questions",
    "require_reader",
    "review_of",
    "reviewed_ref",
    "rows",
    "sites_to_monitor",
    "study_trail",
    "subject_to_analyse",
    "subject_to_read",
    "timeline",
    "told",
    "trail_of",
    "unsettled",
    "values_to_verify",
    "visit_title",
    "who_may_lock",
    "work_of",
]
