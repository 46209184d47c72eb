"""Pages of deviations: reported about a participant, listed to whose business it is, closed with an action."""

import pytest
from django.urls import reverse

from tests.clinic import TODAY, consented
from trial_site.monitoring.models import Deviation

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"kind": "consent", "grade": "minor", "text": "The copy was handed over a day later."}


def report(cast, client, who="coordinator", **changes):
    subject = consented(cast)
    client.force_login(getattr(cast, who).staff)
    page = reverse("casebook:report_deviation", args=[subject.number])
    return client.post(page, GIVEN | {"occurred_on": TODAY.isoformat()} | changes)


def test_reported_listed_and_closed(cast, client):
    assert report(cast, client).status_code == 302
    one = Deviation.objects.get()
    page, listing = reverse("casebook:deviation", args=[one.number]), reverse("casebook:deviations")
    assert one.number in client.get(listing).content.decode()
    assert client.post(page, {"corrective_action": "Trained"}).status_code == 403
    client.force_login(cast.investigator.staff)
    assert client.post(page, {"corrective_action": ""}).status_code == 422
    assert client.post(page, {"corrective_action": "The team was trained."}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.corrective_action) == ("closed", "The team was trained.")
    assert "The team was trained." in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("monitor", 200), ("assessor", 403), ("pharmacist", 403), ("outsider", 200)]
)
def test_who_reads_the_list(cast, client, who, status):
    report(cast, client)
    one = Deviation.objects.get()
    client.force_login(getattr(cast, who).staff)
    answer = client.get(reverse("casebook:deviations"))
    assert answer.status_code == status
    assert (one.number in answer.content.decode()) is (who == "monitor")
    expected = 200 if who == "monitor" else 404
    assert client.get(reverse("casebook:deviation", args=[one.number])).status_code == expected


@pytest.mark.parametrize("changes", [{"text": ""}, {"occurred_on": "2111-01-01"}, {"kind": "nonsense"}])
def test_nonsense_is_refused_beside_the_field(cast, client, changes):
    assert report(cast, client, **changes).status_code == 422
    assert not Deviation.objects.exists()
