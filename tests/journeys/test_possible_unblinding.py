"""The assessor reads in the answer to a query what she must not know, and reports it."""

import pytest

from outcomes.models import VitalSigns
from tests.story import participant_at
from trial_site.monitoring import actions
from trial_site.monitoring.models import Query
from trial_site.monitoring.selectors import ref_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_text_is_hidden_by_who_should_not_have_read_it(person, cast) -> None:
    subject, now = participant_at("followed")
    vitals = VitalSigns.objects.get(subject=subject, visit__code="D7")
    given = {"by": cast.monitor.actor(now), "at": now}
    ref = ref_of("VS", vitals, "heart_rate")
    query = actions.open_query(
        ref, text="Is that what TELLTALE bags do?", origin=Query.Origin.PERSON, **given
    )
    assessor, monitor = person("assessor"), person("monitor")
    assessor.open(f"/queries/{query.number}/")
    assessor.look("query-that-tells")
    assessor.follow("Possible unblinding")
    assessor.look("report-a-possible-unblinding")
    assessor.press("Hide the text and report it")
    assessor.sees("The text is hidden")
    monitor.open(f"/queries/{query.number}/")
    monitor.sees("[hidden: may unblind]")
    monitor.look("query-with-hidden-text")
    monitor.open(f"/participants/{subject.number}/audit/")
    monitor.sees("Possible unblinding")
    assert "TELLTALE" not in monitor.page.content()
