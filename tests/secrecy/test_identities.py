"""The identification log: sealed at rest, read at the participant's own site only, every look on record."""

import logging

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from enrollment import actions
from enrollment.models import IdentityEntry, IdentityView
from enrollment.rules.identities import Identity, marks, seal, unseal
from enrollment.selectors import same_person
from tests.actions.test_screening_log import failed, rescreen
from tests.cast import LOGINS
from tests.clinic import NOW, consented, log
from tests.views.conftest import _static_files_without_manifest  # noqa: F401
from trial_site.audit.models import Event
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import StudySite

NAME, NUMBER, PHONE = "Canary Lee", "130102195001011234", "0311-8888-1234"
PERSON = Identity(NAME, NUMBER, "1950-01-01", PHONE, "Canary Road 7", "Canary Son")
KEYS = [Fernet.generate_key().decode()]


class TestSealing:
    def test_what_is_sealed_is_opened_again_and_reads_like_nothing(self):
        sealed = seal(PERSON, KEYS)
        assert unseal(sealed, KEYS) == PERSON
        assert "Canary" not in sealed

    def test_a_new_key_seals_and_the_old_one_still_opens(self):
        keys = [Fernet.generate_key().decode(), *KEYS]
        assert unseal(seal(PERSON, KEYS), keys) == PERSON
        with pytest.raises(InvalidToken):
            unseal(seal(PERSON, keys), KEYS)

    @pytest.mark.parametrize(
        ("other", "same"),
        [
            (Identity("Somebody Else", NUMBER), True),
            (Identity("Somebody Else", " 130102 19500101-1234"), True),
            (Identity("lee  CANARY", "", "1950-01-01"), True),
            (Identity(NAME, "", "1950-01-02"), False),
            (Identity(NAME), False),
            (Identity("Somebody Else", "130102195001011235"), False),
            (Identity("Somebody Else", "", "1950-01-01"), False),
        ],
    )
    def test_one_person_is_recognised_by_number_or_by_name_and_birth_date(self, other, same):
        assert bool(set(marks(PERSON, KEYS)) & set(marks(other, KEYS))) is same

    def test_marks_need_the_key_and_survive_a_new_one(self):
        newer = Fernet.generate_key().decode()
        assert not set(marks(PERSON, KEYS)) & set(marks(PERSON, [newer]))
        assert set(marks(PERSON, KEYS)) & set(marks(PERSON, [newer, *KEYS]))

    def test_chinese_names_in_full_and_half_width(self):
        assert marks(Identity("李　明", "ＡＢ１２"), KEYS) != marks(Identity("李　明", "AB13"), KEYS)
        assert set(marks(Identity("x", "ＡＢ１２"), KEYS)) & set(marks(Identity("y", "ab12"), KEYS))


@pytest.mark.django_db(transaction=True)
class TestLog:
    def test_every_look_is_on_record(self, cast):
        subject = known(cast)
        for who in (cast.coordinator, cast.investigator):
            entry = actions.open_identity(subject, by=who.actor(NOW), at=NOW)
            assert actions.identity_in(entry) == PERSON
        lookers = list(IdentityView.objects.values_list("viewed_by__email", flat=True))
        assert lookers == [cast.investigator.email, cast.coordinator.email]

    def test_a_look_that_would_not_be_on_record_is_none(self, cast):
        subject = known(cast)
        with pytest.raises(RuntimeError), transaction.atomic():
            actions.open_identity(subject, by=cast.coordinator.actor(NOW), at=NOW)
        assert not IdentityView.objects.exists()

    @pytest.mark.parametrize("who", sorted(LOGINS.keys() - {"coordinator", "investigator", "principal"}))
    def test_everyone_else_is_refused(self, cast, who):
        subject, by = known(cast), getattr(cast, who).actor(NOW)
        with pytest.raises(NotAllowed):
            actions.open_identity(subject, by=by, at=NOW)
        with pytest.raises(NotAllowed):
            actions.record_identity(subject, identity=PERSON, by=by, at=NOW)

    def test_not_even_the_principal_investigator_reads_it_at_another_site(self, cast):
        subject = log(cast, site=StudySite.objects.get(code="02"), by=cast.outsider)
        with pytest.raises(NotAllowed, match="own study site"):
            actions.open_identity(subject, by=cast.principal.actor(NOW), at=NOW)

    def test_nobody_is_named_before_consent(self, cast):
        with pytest.raises(Refused, match="identified"):
            known(cast, log(cast))

    def test_a_correction_keeps_the_earlier_entry_sealed(self, cast):
        subject = known(cast)
        known(cast, subject, Identity(NAME, phone="new"))
        first, second = IdentityEntry.objects.all()
        assert actions.identity_in(first) == PERSON
        assert actions.open_identity(subject, by=cast.coordinator.actor(NOW), at=NOW) == second

    def test_the_same_person_is_noticed_under_another_number(self, cast):
        subject, again = known(cast), known(cast, consented(cast), Identity("Lee Canary", NUMBER))
        assert (same_person(subject), same_person(again)) == ([again], [subject])

    def test_who_is_screened_again_is_expected(self, cast):
        first = failed(cast)
        known(cast, first)
        again = rescreen(cast, first)
        again.refresh_from_db()
        assert same_person(again) == same_person(first) == []

    def test_it_is_in_no_row_no_history_no_export_no_page_no_mail_and_no_log(
        self, cast, client, caplog, tmp_path
    ):
        caplog.set_level(logging.DEBUG)
        subject = consented(cast)
        client.force_login(cast.coordinator.staff)
        page = reverse("enrollment:identity", args=[subject.number])
        typed = {"full_name": NAME, "identity_number": NUMBER, "birth_date": "1950-01-01", "phone": PHONE}
        assert client.post(page, typed).status_code == 302
        assert Event.objects.filter(table="enrollment_identityentry").count() == 1
        assert client.post(reverse("enrollment:show_identity", args=[subject.number])).status_code == 200
        told = "\n".join(every_row())
        for form in ("csv", "odm-transactional"):
            call_command("export_casebook", format=form, output=tmp_path / form)
            told += (tmp_path / form).read_bytes().decode(errors="replace")
        client.force_login(cast.monitor.staff)
        for name in ("casebook:subject", "casebook:audit"):
            told += client.get(reverse(name, args=[subject.number])).content.decode()
        told += (
            client.get(reverse("casebook:subjects"), {"number": NAME}).content.decode().replace(NAME, "", 1)
        )
        told += caplog.text + "".join(str(message.message()) for message in mail.outbox)
        for secret in (NAME, NUMBER, PHONE):
            assert secret not in told

    def test_the_page_shows_nothing_before_the_look_is_on_record(self, cast, client):
        subject = known(cast)
        client.force_login(cast.coordinator.staff)
        closed = client.get(reverse("enrollment:identity", args=[subject.number])).content.decode()
        assert "Show who this is" in closed
        assert NAME not in closed
        shown = client.post(reverse("enrollment:show_identity", args=[subject.number]))
        assert NAME in shown.content.decode()
        assert shown.headers["Cache-Control"] == "no-store"
        assert IdentityView.objects.count() == 1

    def test_a_lost_key_is_said_in_a_sentence_and_the_entry_can_be_made_anew(self, cast, client, settings):
        subject = known(cast)
        settings.IDENTITY_KEYS = KEYS
        client.force_login(cast.coordinator.staff)
        show = reverse("enrollment:show_identity", args=[subject.number])
        shown = client.post(show).content.decode()
        assert "sealed with a key that this installation does not have" in shown
        assert "New entry" in shown
        assert NAME not in shown
        known(cast, subject)
        assert NAME in client.post(show).content.decode()

    @pytest.mark.parametrize("keys", [KEYS, []])
    def test_without_the_key_of_the_address_the_person_is_still_known(self, cast, client, settings, keys):
        subject, by = known(cast), cast.coordinator.actor(NOW)
        actions.record_email_contact(subject, agreed=True, email="lee@example.org", by=by, at=NOW)
        settings.CONTACT_KEYS = keys
        client.force_login(cast.coordinator.staff)
        shown = client.post(reverse("enrollment:show_identity", args=[subject.number])).content.decode()
        assert "The e-mail address was sealed with a key" in shown
        assert NAME in shown

    def test_the_coordinator_is_told_neutrally_of_a_participant_of_another_site(self, cast, client):
        elsewhere = log(cast, site=StudySite.objects.get(code="02"), by=cast.outsider)
        given = {"consent_version": elsewhere.site.consentversion_set.get(), "given_at": NOW}
        given |= {"obtained_by": cast.outsider.staff, "copy_given": True}
        actions.record_consent(elsewhere, **given, by=cast.outsider.actor(NOW), at=NOW)
        actions.record_identity(elsewhere, identity=PERSON, by=cast.outsider.actor(NOW), at=NOW)
        subject = known(cast)
        client.force_login(cast.coordinator.staff)
        page = client.get(reverse("enrollment:identity", args=[subject.number])).content.decode()
        assert "sees the same person as a participant of another study site" in page
        assert elsewhere.number not in page


def known(cast, subject=None, identity=PERSON):
    subject = subject or consented(cast)
    actions.record_identity(subject, identity=identity, by=cast.coordinator.actor(NOW), at=NOW)
    return subject


def every_row() -> list[str]:
    """Every table the application role may read, sessions included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND has_table_privilege(oid, 'SELECT')"
        )
        rows = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM public."{table}" t')
            rows += [row for (row,) in cursor.fetchall()]
    return rows
