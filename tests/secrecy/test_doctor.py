"""`manage.py doctor` notices each way in which a database ceases to be the one that was declared."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from trial_site.audit import soundness

pytestmark = pytest.mark.django_db(transaction=True)
APPLICATION = "trial_test_app"


def test_a_database_as_migrated_is_sound():
    assert list(soundness.findings()) == []


@pytest.mark.usefixtures("open_counters")
def test_the_doctor_notices_open_counters():
    assert any("may read counters, locks and sizes" in sentence for sentence in soundness.findings())


@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        (
            "GRANT EXECUTE ON FUNCTION sealed_shelf TO PUBLIC",
            "The function sealed_shelf has the wrong EXECUTE",
        ),
        ("GRANT EXECUTE ON FUNCTION sealed_disclose TO PUBLIC", "sealed_disclose has the wrong EXECUTE"),
        ("GRANT EXECUTE ON FUNCTION sealed_may_look TO {app}", "sealed_may_look has the wrong EXECUTE"),
        ("REVOKE EXECUTE ON FUNCTION sealed_allocate FROM {app}", "sealed_allocate has the wrong EXECUTE"),
        ("ALTER FUNCTION sealed_disclose SET search_path = pg_temp, public", "does not pin its search path"),
        ("ALTER FUNCTION sealed_stamp_access RESET search_path", "sealed_stamp_access does not pin"),
        ("ALTER FUNCTION sealed_allocate RESET debug_print_plan", "sealed_allocate does not pin"),
        (
            "ALTER FUNCTION sealed_disclose SECURITY INVOKER",
            "sealed_disclose is not the one of functions.sql",
        ),
        (
            "CREATE OR REPLACE FUNCTION sealed_may_look(person bigint, subject bigint) RETURNS boolean LANGUAGE sql"
            " SET search_path = pg_catalog, public, pg_temp AS 'SELECT true'",
            "sealed_may_look is not the one of functions.sql",
        ),
        (
            "CREATE FUNCTION sealed_may_look(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
            "sealed_may_look is declared nowhere, or exists twice",
        ),
        ("CREATE FUNCTION peek() RETURNS int LANGUAGE sql AS 'SELECT 1'", "peek is declared nowhere"),
        ("DROP FUNCTION sealed_supply_open", "sealed_supply_open is missing"),
        ("GRANT TEMPORARY ON DATABASE {db} TO PUBLIC", "may create temporary tables"),
        ("GRANT CREATE ON DATABASE {db} TO {app}", "may create schemas or objects"),
        ("GRANT CREATE ON SCHEMA public TO {app}", "may create schemas or objects"),
        ("GRANT USAGE ON SCHEMA sealed TO PUBLIC", "may look up or create names in the schema sealed"),
        ("GRANT CREATE ON SCHEMA sealed TO {app}", "may look up or create names in the schema sealed"),
        ("ALTER TABLE sealed_place SET SCHEMA public", "sealed_place stands outside the schema sealed"),
        ("CREATE TABLE public.sealed_place (arm text)", "sealed_place stands outside the schema sealed"),
        ("GRANT SELECT ON sealed_place TO {app}", "On sealed_place the application role holds SELECT"),
        ("GRANT SELECT (arm) ON sealed_place TO {app}", "On sealed_place the application role holds SELECT"),
        ("GRANT SELECT ON sealed_place TO PUBLIC", "On sealed_place the application role holds SELECT"),
        ("GRANT DELETE ON audit_event TO {app}", "On audit_event the application role holds DELETE, SELECT"),
        ("REVOKE INSERT ON dosing_release FROM {app}", "On dosing_release the application role holds SELECT"),
        (
            "CREATE VIEW arms AS SELECT arm FROM sealed_place; GRANT SELECT ON arms TO {app}",
            "On arms, which is declared nowhere",
        ),
        (
            "GRANT SELECT ON SEQUENCE sealed_binding_id_seq TO {app}",
            "On sealed_binding_id_seq, which is declared",
        ),
        ("ALTER TABLE core_delegation DISABLE TRIGGER zz_audit", "zz_audit of core_delegation is missing or"),
        ("ALTER TABLE audit_event DISABLE TRIGGER ALL", "audit_append_only of audit_event is missing or"),
        (
            "ALTER TABLE randomization_accessrecord DISABLE TRIGGER sealed_stamp",
            "sealed_stamp of randomization_accessrecord is missing or switched off",
        ),
        (
            "ALTER TABLE enrollment_subject ENABLE REPLICA TRIGGER audit_transition",
            "audit_transition of enroll",
        ),
    ],
)
def test_the_doctor_notices(owner, tampering, finding):
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute(tampering.format(app=APPLICATION, db=connection.info.dbname))
    found = list(soundness.findings())
    assert any(finding in sentence for sentence in found), found


def test_the_doctor_notices_what_the_role_set_for_itself(application, owner):
    """Anyone may set defaults of their own login: an intruder's outlive the intruder."""
    connection = application()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {connection.info.dbname} SET lock_timeout = 1")
        assert any("settings of its own" in sentence for sentence in soundness.findings())
        cursor.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {connection.info.dbname} RESET ALL")


def test_a_finding_is_an_exit_code(owner):
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON sealed_place TO PUBLIC")
    connections.close_all()
    out = StringIO()
    with pytest.raises(CommandError, match=r"finding\(s\)"):
        call_command("doctor", stdout=out)
    assert "sealed_place" in out.getvalue()
