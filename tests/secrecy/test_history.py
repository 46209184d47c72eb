"""The application role can read history. It can neither change, forge, empty nor switch it off."""

import json

import psycopg2
import pytest
from django.apps import apps

from trial_site.audit.privileges import READ_ONLY, table_privileges, undecided_tables
from trial_site.audit.tracking import TRACKED

pytestmark = pytest.mark.django_db(transaction=True)
TRACKED_TABLES = sorted(m._meta.db_table for m, tracking in TRACKED.items() if tracking.privileges)


@pytest.mark.parametrize(
    "statement",
    [
        'INSERT INTO audit_event (tx, at, "table", operation, actor, role, site, action, reason, request, login)'
        " VALUES (1, now(), 'x', 'I', 'Dr. Lin Demo', '', '', '', '', '', '')",
        "UPDATE audit_event SET actor = 'somebody else'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "INSERT INTO audit_seal SELECT id + 1, at, tx, ids, root, previous, hash FROM audit_seal",
        "UPDATE audit_seal SET hash = root",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
        "INSERT INTO audit_leaf VALUES (0, 1, '', '')",
        "UPDATE audit_leaf SET leaf = salt",
        "DELETE FROM audit_leaf",
        "TRUNCATE audit_leaf",
        "ALTER TABLE audit_seal DISABLE TRIGGER ALL",
        "SELECT audit_extend_chain('public.audit', false)",
        "SELECT * FROM sealed.sealed_seal",
        "SELECT * FROM sealed.sealed_leaf",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "ALTER TABLE enrollment_subject DISABLE TRIGGER zz_audit",
        "DROP TRIGGER zz_audit ON enrollment_subject",
        "CREATE OR REPLACE FUNCTION public.audit_record() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = replica",
        "SET ROLE trial_test_owner",
        "SET SESSION AUTHORIZATION trial_test_owner",
        "SELECT setval('audit_event_id_seq', 1)",
        "TRUNCATE enrollment_subject CASCADE",
        "DELETE FROM enrollment_subject",
    ],
)
def test_history_cannot_be_touched(attacker, statement):
    attacker.is_refused(statement)


def test_a_write_without_an_actor_is_refused(application):
    connection = application()
    with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as caught:
        cursor.execute("UPDATE core_studysite SET name = 'x'")
    assert caught.value.pgcode == "TS002"


@pytest.mark.parametrize("switch", ["pgtrigger.ignore", "trial.ignore", "pghistory.context"])
def test_no_setting_switches_history_off(attacker, switch):
    with attacker.session() as cursor:
        cursor.execute(f"SET LOCAL {switch} = '{{}}'")
        cursor.execute("UPDATE core_studysite SET name = 'renamed' WHERE code = '01'")
        cursor.execute("SELECT new FROM audit_event ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone()[0] == {"name": "renamed"}


def test_a_raw_update_is_tracked_with_old_and_new_value_and_login(attacker):
    attacker.commit("UPDATE core_studysite SET name = 'renamed' WHERE code = '01'")
    with attacker.session() as cursor:
        cursor.execute(
            "SELECT old, new, actor, role, reason, login FROM audit_event ORDER BY id DESC LIMIT 1"
        )
        old, new, actor, role, reason, login = cursor.fetchone()
    assert (list(old), new) == (["name"], {"name": "renamed"})
    assert (actor, role, reason, login) == ("attacker", "coordinator", "attack", "trial_test_app")


def test_a_change_of_a_case_report_form_without_a_reason_is_refused(application, attacker):
    subject, _ = attacker.committed_request()
    attacker.commit(
        "INSERT INTO outcomes_adverseevent (version, missing, subject_id, number, term, started_on, ctcae_version,"
        " grade, serious, causality, outcome, started_time, ended_time, life_threatening, hospitalisation,"
        " disability, birth_defect, medically_important, special_interest, action_taken)"
        " VALUES (1, '{}', %s, 1, 'fever', now(), '5.0', 1, false, '', 'recovered', '', '', false, false, false,"
        " false, false, '', 'none')",
        subject,
    )
    connection = application()
    with connection.cursor() as cursor:
        context = json.dumps({"actor": "a", "reason": ""})
        cursor.execute("SELECT set_config('trial.context', %s, true)", [context])
        with pytest.raises(psycopg2.Error) as caught:
            cursor.execute("UPDATE outcomes_adverseevent SET grade = 2")
    assert caught.value.pgcode == "TS003"


def test_the_owner_is_recorded_by_login_and_cannot_rewrite_history_by_accident(owner):
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE core_studysite SET name = 'by hand' WHERE code = '01'")
        cursor.execute("SELECT actor, login, new FROM audit_event ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone() == ("", "trial_test_owner", {"name": "by hand"})
    for statement in (
        "UPDATE audit_event SET actor = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "TRUNCATE core_studysite CASCADE",
    ):
        with connection, connection.cursor() as cursor, pytest.raises(psycopg2.Error, match="never allowed"):
            cursor.execute(statement)


def test_deleting_leaves_the_whole_row_in_history(owner, attacker):
    subject = attacker.commit(
        "INSERT INTO enrollment_subject (number, site_id, state, identified_on, protocol_version)"
        " SELECT 'X-9', id, 'identified', current_date, '1.0' FROM core_studysite WHERE code = '01' RETURNING id"
    )[0]
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM enrollment_subject WHERE id = %s", [subject])
        cursor.execute(
            "SELECT operation, old ->> 'number', subject_id FROM audit_event ORDER BY id DESC LIMIT 1"
        )
        assert cursor.fetchone() == ("D", "X-9", subject)


@pytest.mark.parametrize("table", TRACKED_TABLES)
def test_every_tracked_table_has_its_triggers(owner, table):
    with owner().cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O'", [table]
        )
        names = {name for (name,) in cursor.fetchall()}
    assert {"zz_audit", "zz_audit_truncate"} <= names


def test_no_table_is_undecided_and_nothing_may_be_deleted_from_study_tables():
    assert undecided_tables() == []
    assert not [
        t for t in TRACKED_TABLES if "DELETE" in table_privileges()[t] or "TRUNCATE" in table_privileges()[t]
    ]
    assert table_privileges()["audit_event"] == READ_ONLY
    assert len(TRACKED_TABLES) > 20


def test_the_application_role_has_exactly_the_declared_privileges(owner):
    with owner().cursor() as cursor:
        cursor.execute(
            "SELECT table_name, string_agg(privilege_type, ', ' ORDER BY privilege_type)"
            " FROM information_schema.role_table_grants WHERE grantee IN ('trial_test_app', 'PUBLIC')"
            " AND table_schema IN ('public', 'sealed') GROUP BY 1"
        )
        granted = dict(cursor.fetchall())
    declared = {t: ", ".join(sorted(p.split(", "))) for t, p in table_privileges().items() if p}
    assert granted == declared


def test_a_new_table_is_closed_until_somebody_decides(owner, attacker):
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.forgotten (arm text)")
    attacker.is_refused("SELECT * FROM forgotten")


def test_every_app_of_ours_is_here():
    assert {"audit", "core", "monitoring", "enrollment", "randomization", "sealed", "dosing", "outcomes"} <= {
        config.label for config in apps.get_app_configs()
    }
