"""The endpoint read: readers know a code and nothing else; two read, a third where they differ."""

from decimal import Decimal
from zipfile import ZipFile

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from outcomes.actions import read_scan, record_visit_form
from outcomes.models import EndpointRead, EndpointScan
from outcomes.selectors import derived_of
from outcomes.selectors.ct_reads import scans_to_read
from tests.actions.test_guesses import locked
from tests.cast import LOGINS, Member
from tests.followed import DAY, HOUR
from trial_site.casebook.selectors import checklist
from trial_site.core.errors import NotAllowed, Refused
from trial_site.exports.actions import make_blinded_export
from trial_site.exports.models import ExportFormat
from trial_site.exports.wishes import Wish
from trial_site.monitoring.registry import FORMS
from trial_site.monitoring.selectors import readable_forms

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, SECOND, THIRD = (Member(f"{login}@demo.example") for login in ("ctreader", "ctreader2", "ctreader3"))


def scanned(followed, visit="D0", day=0):
    values = {
        "scanned_at": followed.now - (7 - day) * DAY - 6 * HOUR,
        "pneumonia": "yes",
        "lesion_percent": 30,
    }
    given = {"took_place_on": followed.day(day), "by": followed.coordinator, "at": followed.now}
    record_visit_form(followed.subject, visit, form="CT", values=values, **given)
    return EndpointScan.objects.latest("pk")


def read(followed, scan, reader, percent):
    values = {"lesion_percent": Decimal(percent), "software": "Segmenter", "software_version": "2.1"}
    return read_scan(scan, values=values, by=reader.actor(followed.now), at=followed.now)


def waiting(followed, reader):
    return scans_to_read(reader.actor(followed.now))


class TestReaders:
    def test_two_read_and_a_third_only_when_they_differ(self, followed):
        scan = scanned(followed)
        read(followed, scan, FIRST, "20")
        assert waiting(followed, FIRST) == []
        assert waiting(followed, SECOND) == waiting(followed, THIRD) == [scan]
        read(followed, scan, SECOND, "25")
        assert waiting(followed, THIRD) == []
        other = scanned(followed, "UNS", 7)
        for reader, percent in ((SECOND, "10"), (THIRD, "40")):
            read(followed, other, reader, percent)
        assert waiting(followed, FIRST) == [other]
        assert read(followed, other, FIRST, "35").number == 3

    def test_nobody_reads_twice_and_nothing_is_changed(self, followed):
        scan = scanned(followed)
        kept = read(followed, scan, FIRST, "20")
        with pytest.raises(Refused, match="does not wait for you"):
            read(followed, scan, FIRST, "21")
        with pytest.raises(DatabaseError), transaction.atomic():
            EndpointRead.objects.filter(pk=kept.pk).update(lesion_percent=1)

    @pytest.mark.parametrize("percent", ["-1", "100.01"])
    def test_an_impossible_volume_is_refused(self, followed, percent):
        with pytest.raises(Refused) as refusal:
            read(followed, scanned(followed), FIRST, percent)
        assert set(refusal.value.fields) == {"lesion_percent"}

    @pytest.mark.parametrize("who", ["assessor", "coordinator", "investigator", "monitor"])
    def test_only_ct_readers(self, followed, who):
        with pytest.raises(NotAllowed):
            read(followed, scanned(followed), getattr(followed.cast, who), "20")

    def test_what_counts_is_derived_with_its_change_from_baseline(self, followed):
        scan, later = scanned(followed), scanned(followed, "UNS", 7)
        for reader, before, after in ((FIRST, "20", "10"), (SECOND, "24", "12")):
            read(followed, scan, reader, before)
            read(followed, later, reader, after)
        found = derived_of(followed.subject, forms=tuple(FORMS), at=followed.now)
        [change] = found.changes["CR", "lesion_percent"]
        assert (change.base.value, change.measured.value, change.difference) == (22, 11, -11)


class TestPages:
    @pytest.fixture(autouse=True)
    def _plain(self, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}

    def test_a_reader_sees_the_code_and_nothing_of_the_participant(self, followed, client):
        scan = scanned(followed)
        client.force_login(FIRST.staff)
        pages = ["/", reverse("outcomes:ct_reads"), page := reverse("outcomes:read_ct", args=[scan.code])]
        for address in pages:
            shown = client.get(address).content.decode()
            assert scan.code in shown
            secrets = (
                followed.subject.number,
                "Day 0",
                f"{followed.day(0):%Y-%m-%d}",
                "30 %",
                "pneumonia",
                "D0",
            )
            assert [one for one in secrets if one in shown] == []
        typed = {"lesion_percent": "12.5", "software": "Segmenter", "software_version": "2.1"}
        assert client.post(page, typed | {"lesion_percent": "130"}).status_code == 422
        assert client.post(page, typed).status_code == 302
        assert client.get(page).status_code == 404

    def test_the_coordinator_reads_under_which_code_the_images_go(self, followed, client):
        scan = scanned(followed)
        client.force_login(followed.cast.coordinator.staff)
        assert (
            scan.code
            in client.get(reverse("outcomes:visit", args=[followed.subject.number, "D0"])).content.decode()
        )
        client.force_login(followed.cast.assessor.staff)
        assert client.get(reverse("outcomes:read_ct", args=[scan.code])).status_code == 403


class TestSecrecy:
    """Before the lock nobody is told what the readers found, not even after they are done with a scan."""

    FOUND = ("17.83", "19.41", "18.62")
    EVERYONE = sorted(LOGINS.keys())

    @pytest.fixture
    def scan(self, followed, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        scan = scanned(followed)
        read(followed, scan, FIRST, self.FOUND[0])
        return scan

    def exported(self, followed, tmp_path, kind):
        by = followed.cast.data_manager.actor(followed.now)
        given = {"wish": Wish(), "by": by, "at": followed.now, "directory": tmp_path}
        made = tmp_path / make_blinded_export(format=kind, **given).file_name
        if made.suffix != ".zip":
            return made.read_bytes()
        with ZipFile(made) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())

    def told_in(self, shown: bytes) -> list[str]:
        return [value for value in self.FOUND if value.encode() in shown]

    @pytest.mark.parametrize("readers", [1, 2])
    def test_on_no_page_and_in_no_trail(self, followed, scan, client, readers):
        if readers == 2:
            read(followed, scan, SECOND, self.FOUND[1])
        number = followed.subject.number
        pages = ["casebook:subject", "casebook:audit", "casebook:review"]
        addresses = [reverse(page, args=[number]) for page in pages]
        addresses += [reverse("outcomes:visit", args=[number, "D0"]), reverse("casebook:trail"), "/"]
        addresses += [reverse("outcomes:ct_reads"), reverse("outcomes:read_ct", args=[scan.code])]
        for who in self.EVERYONE:
            client.force_login(getattr(followed.cast, who).staff)
            for address in addresses:
                assert self.told_in(client.get(address).content) == [], (who, address)
        client.force_login(THIRD.staff)
        assert self.told_in(client.get(reverse("outcomes:read_ct", args=[scan.code])).content) == []

    @pytest.mark.parametrize(
        "kind",
        [
            ExportFormat.CSV,
            ExportFormat.ODM_SNAPSHOT,
            ExportFormat.ODM_TRANSACTIONAL,
            ExportFormat.DATASET_JSON,
        ],
    )
    def test_in_no_export_until_the_lock(self, followed, scan, tmp_path, monkeypatch, kind):
        read(followed, scan, SECOND, self.FOUND[1])
        assert self.told_in(self.exported(followed, tmp_path, kind)) == []
        locked(monkeypatch)
        assert self.told_in(self.exported(followed, tmp_path, kind))[:2] == list(self.FOUND[:2])

    def test_the_change_from_baseline_does_not_tell_it_either(self, followed, scan, client):
        later = scanned(followed, "UNS", 7)
        read(followed, scan, SECOND, self.FOUND[1])
        for reader, percent in ((FIRST, "7.12"), (SECOND, "7.12")):
            read(followed, later, reader, percent)
        forms = readable_forms(followed.cast.monitor.actor(followed.now), followed.subject.site_id)
        assert ("CR", "lesion_percent") not in derived_of(
            followed.subject, forms=forms, at=followed.now
        ).changes

    def test_the_site_is_told_whether_the_readers_are_done_and_the_lock_waits_for_them(
        self, followed, scan, client
    ):
        client.force_login(followed.cast.coordinator.staff)
        page = reverse("outcomes:visit", args=[followed.subject.number, "D0"])
        assert "not read yet" in client.get(page).content.decode()
        assert loose(followed) == [followed.subject.number]
        read(followed, scan, SECOND, "40")
        assert "not read yet" in client.get(page).content.decode()
        read(followed, scan, THIRD, self.FOUND[2])
        assert "not read yet" not in client.get(page).content.decode()
        assert loose(followed) == []


def loose(followed) -> list[str]:
    asked = {str(one.title): one.open for one in checklist(None, at=followed.now)}
    return [one.name for one in asked["The readers are done with every chest CT"]]
