from outcomes.selectors.calls import Call, calls_for
from outcomes.selectors.daily import daily_status_of, discharged_on, grid_of, missing_days
from outcomes.selectors.derived import Derived, changes_at, derived, derived_of
from outcomes.selectors.drafts import form_draft_of
from outcomes.selectors.guesses import guess_of, guesses_due, whose_guess
from outcomes.selectors.laboratory import Result, results_out_of_range, unjudged_results
from outcomes.selectors.progress import VisitForms, visits_of
from outcomes.selectors.records import (
    entries_of,
    person_of,
    previous_record,
    record_of,
    records_of,
    values_of,
    visit_facts,
)
from outcomes.selectors.reminders import coordinators_of, notices_for, visits_planned_on
from outcomes.selectors.safety import (
    adverse_events_of,
    deaths_seen_by_assessor,
    deaths_without_event,
    events_for,
    pregnancies_to_follow,
    reactions_without_event,
    stopping_counters,
    unassessed_events,
    unjudged_events,
    unreported_events,
)
from outcomes.selectors.visits import (
    VisitContext,
    ends_on_record,
    follow_up_ended_on,
    new_visits,
    plan_of,
    planned_visits,
    visit_context,
    with_course,
)

__all__ = [
    "Call",
    "Derived",
    "Result",
    "VisitContext",
    "VisitForms",
    "adverse_events_of",
    "calls_for",
    "changes_at",
    "coordinators_of",
    "daily_status_of",
    "deaths_seen_by_assessor",
    "deaths_without_event",
    "derived",
    "derived_of",
    "discharged_on",
    "ends_on_record",
    "entries_of",
    "events_for",
    "follow_up_ended_on",
    "form_draft_of",
    "grid_of",
    "guess_of",
    "guesses_due",
    "missing_days",
    "new_visits",
    "notices_for",
    "person_of",
    "plan_of",
    "planned_visits",
    "pregnancies_to_follow",
    "previous_record",
    "reactions_without_event",
    "record_of",
    "records_of",
    "results_out_of_range",
    "stopping_counters",
    "unassessed_events",
    "unjudged_events",
    "unjudged_results",
    "unreported_events",
    "values_of",
    "visit_context",
    "visit_facts",
    "visits_of",
    "visits_planned_on",
    "whose_guess",
    "with_course",
]
