from outcomes.selectors.daily import daily_status_of, discharged_on, grid_of, missing_days
from outcomes.selectors.laboratory import Result, results_out_of_range, unjudged_results
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
    events_for,
    reactions_without_event,
    stopping_counters,
    unassessed_events,
    unjudged_events,
    unreported_events,
)
from outcomes.selectors.visits import (
    VisitContext,
    follow_up_ended_on,
    new_visits,
    plan_of,
    planned_visits,
    visit_context,
    with_course,
)

__all__ = [
    "Result",
    "VisitContext",
    "adverse_events_of",
    "coordinators_of",
    "daily_status_of",
    "discharged_on",
    "entries_of",
    "events_for",
    "follow_up_ended_on",
    "grid_of",
    "missing_days",
    "new_visits",
    "notices_for",
    "person_of",
    "plan_of",
    "planned_visits",
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
    "visits_planned_on",
    "with_course",
]
