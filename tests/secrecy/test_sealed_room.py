"""Attacks of the application role on the sealed room. Each was once shown to succeed against a weaker build."""

import psycopg2
import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, models

from randomization.models import Randomization

pytestmark = pytest.mark.django_db(transaction=True)
COLUMNS = {
    f"sealed.{m._meta.db_table}": m._meta.pk.column for m in apps.get_app_config("sealed").get_models()
}
SEALED = sorted(COLUMNS)


@pytest.mark.parametrize("table", SEALED)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {}",
        "SELECT count(*) FROM {}",
        "INSERT INTO {} DEFAULT VALUES",
        "UPDATE {} SET {column} = {column}",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "LOCK TABLE {} IN SHARE MODE",
        "COPY {} TO STDOUT",
        "CREATE TRIGGER t AFTER INSERT ON {} FOR EACH ROW EXECUTE FUNCTION audit_record()",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
    ],
)
def test_no_statement_reads_or_writes_a_sealed_table(attacker, table, statement):
    attacker.is_refused(statement.format(table, column=COLUMNS[table]))


def printed(attacker, statement: str) -> tuple[list[str], str]:
    """What the server prints of the plan of a statement that it refuses, and with which code."""
    with attacker.session() as cursor:
        cursor.execute("SET debug_print_plan = on; SET client_min_messages = log")
        cursor.connection.notices.clear()
        with pytest.raises(psycopg2.Error) as caught:
            cursor.execute(statement)
        return list(cursor.connection.notices), caught.value.pgcode


@pytest.mark.parametrize("table", SEALED)
def test_no_query_of_a_sealed_table_is_planned_before_it_is_refused(attacker, table):
    """The rows a plan expects follow statistics and sizes; kit numbers were read from them, shipment by shipment."""
    column, unqualified = COLUMNS[table], table.removeprefix("sealed.")
    for name, refusal in ((table, "42501"), (unqualified, "42P01")):
        assert printed(attacker, f"SELECT * FROM {name} WHERE {column} = 1") == ([], refusal)
        assert printed(attacker, f"EXPLAIN DELETE FROM {name} WHERE {column} = 1") == ([], refusal)
        assert printed(attacker, f"SELECT '{name}'::regclass") == ([], refusal)


def test_a_table_that_can_be_named_is_planned_before_it_is_refused(attacker):
    """Of Django, and without any privilege: so the test above can fail."""
    notices, refusal = printed(attacker, "SELECT * FROM auth_group WHERE id = 1")
    assert "PLANNEDSTMT" in "".join(notices)
    assert refusal == "42501"


def test_every_sealed_model_is_covered():
    assert len(SEALED) >= 6


def test_no_sealed_model_is_reachable_through_the_orm():
    for model in apps.get_models():
        if model._meta.app_label == "sealed":
            relations = [f for f in model._meta.get_fields() if f.is_relation]
            assert relations == [], f"{model} opens a join: {relations}"
    for path in ("+__arm", "binding__arm", "place__arm", "kits__arm"):
        with pytest.raises(FieldError):
            Randomization.objects.filter(**{path: "x"}).exists()


def test_a_model_method_cannot_query_a_sealed_table_either():
    place = apps.get_model("sealed", "Place")
    with pytest.raises(Exception, match="does not exist") as caught:
        place.objects.count()
    assert isinstance(caught.value, Exception)
    connection.rollback()


def test_disclosure_works_for_a_committed_record_of_a_pharmacist(attacker):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject)
    access = attacker.commit(statement, *parameters)[0]
    disclosed = attacker.commit("SELECT arm FROM sealed_disclose(%s)", access)
    assert disclosed[0].startswith("CANARY")


def test_disclosing_in_the_transaction_that_recorded_is_refused(attacker):
    subject = attacker.allocated_subject()
    with attacker.session() as cursor:
        statement, parameters = attacker.access_record(subject)
        cursor.execute(statement, parameters)
        access = cursor.fetchone()[0]
        with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
            cursor.execute("SELECT * FROM sealed_disclose(%s)", [access])


def test_a_savepoint_does_not_make_a_record_committed(attacker):
    subject = attacker.allocated_subject()
    with attacker.session() as cursor:
        cursor.execute("SAVEPOINT a")
        statement, parameters = attacker.access_record(subject)
        cursor.execute(statement, parameters)
        access = cursor.fetchone()[0]
        cursor.execute("RELEASE SAVEPOINT a")
        cursor.execute("SAVEPOINT b")
        with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
            cursor.execute("SELECT * FROM sealed_disclose(%s)", [access])


def test_a_spoofed_transaction_id_or_time_is_overwritten(attacker):
    subject = attacker.allocated_subject()
    with attacker.session() as cursor:
        statement, parameters = attacker.access_record(subject, tx="1", at="now() + interval '1 year'")
        cursor.execute(statement, parameters)
        access = cursor.fetchone()[0]
        cursor.execute(
            "SELECT tx = pg_current_xact_id()::text::bigint, at < now() + interval '1 minute'"
            " FROM randomization_accessrecord WHERE id = %s",
            [access],
        )
        assert cursor.fetchone() == (True, True)
        with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
            cursor.execute("SELECT * FROM sealed_disclose(%s)", [access])


def test_an_old_record_is_refused(attacker, owner):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject)
    access = attacker.commit(statement, *parameters)[0]
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE randomization_accessrecord SET at = at - interval '61 seconds'")
    attacker.is_refused("SELECT * FROM sealed_disclose(%s)", access)


@pytest.mark.parametrize(
    "login", ["coordinator", "investigator", "statistician", "monitor", "administrator", "pi"]
)
def test_a_record_of_a_person_without_the_permission_is_refused(attacker, login):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject, login=login)
    attacker.is_refused(statement, *parameters)


def test_a_pharmacist_whose_delegation_ended_is_refused(attacker, owner):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject)
    access = attacker.commit(statement, *parameters)[0]
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE core_delegation SET ends_at = now() WHERE task = 'prepare_product'")
    attacker.is_refused("SELECT * FROM sealed_disclose(%s)", access)


def test_an_access_record_cannot_be_changed_afterwards(attacker):
    for column in ("tx = 1", "at = now()", "subject_id = subject_id"):
        attacker.is_refused(f"UPDATE randomization_accessrecord SET {column}")
    attacker.is_refused("DELETE FROM randomization_accessrecord")


def test_a_disclosure_serves_only_its_own_participant(attacker):
    first, second = attacker.allocated_subject(), attacker.allocated_subject()
    statement, parameters = attacker.access_record(first)
    access = attacker.commit(statement, *parameters)[0]
    with attacker.session() as cursor:
        cursor.execute("SELECT kit_number FROM sealed_disclose(%s)", [access])
        assert len(cursor.fetchall()) == 1
        with pytest.raises(psycopg2.Error):
            cursor.execute(
                "UPDATE randomization_randomizationrequest SET subject_id = %s WHERE subject_id = %s",
                [first, second],
            )


def test_kits_attached_to_a_participant_by_hand_are_not_disclosed(attacker):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject)
    access = attacker.commit(statement, *parameters)[0]
    with attacker.session() as cursor:
        cursor.execute(
            "INSERT INTO randomization_randomization (subject_id, number, randomized_at, randomized_by_id)"
            " SELECT %s, 'R999', now(), min(id) FROM core_staffmember RETURNING id",
            [subject],
        )
        randomization = cursor.fetchone()[0]
        for number in range(50):
            cursor.execute(
                "INSERT INTO randomization_kit (number, randomization_id, subject_id, assigned_at)"
                " VALUES (%s, %s, %s, now())",
                [f"{number:07d}", randomization, subject],
            )
        cursor.execute("SELECT count(*) FROM sealed_disclose(%s)", [access])
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    "shadow",
    [
        "CREATE TEMPORARY TABLE randomization_accessrecord (id bigint)",
        "CREATE TEMPORARY TABLE core_delegation (id bigint)",
        "CREATE TEMPORARY VIEW sealed_place AS SELECT 1",
        "CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE FUNCTION public.sealed_may_look(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE OPERATOR public.<> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = pg_catalog.int8eq)",
        "CREATE TYPE pg_temp.text AS ENUM ('x')",
        "CREATE SCHEMA shadow",
    ],
)
def test_nothing_can_be_shadowed(attacker, shadow):
    attacker.is_refused(shadow)


def test_the_functions_pin_their_search_path_with_temporary_objects_last(owner):
    with owner().cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosecdef, proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
            " WHERE nspname = 'public'"
        )
        functions = cursor.fetchall()
    assert len(functions) >= 10
    for name, _, config in functions:
        assert config[0] == "search_path=pg_catalog, public, pg_temp", name


def test_probing_in_rolled_back_transactions_tells_no_kit(attacker):
    """What a transaction binds is told to later ones only, so there is nothing to compare and take back."""
    _, first = attacker.committed_request()
    _, second = attacker.committed_request()
    for request, outcome in ((second, "wait"), (first, "bound")):
        with attacker.session() as cursor:
            cursor.execute("SELECT sealed_allocate(%s)", [request])
            assert cursor.fetchone() == (outcome,)
            cursor.execute("SELECT * FROM sealed_bound(%s)", [request])
            assert cursor.fetchall() == []
            cursor.execute("SELECT * FROM sealed_bindings()")
            assert cursor.fetchall() == []


def test_probing_both_inside_one_transaction_is_no_way_around(attacker):
    _, first = attacker.committed_request()
    _, second = attacker.committed_request()
    with attacker.session() as cursor:
        cursor.execute("SELECT sealed_allocate(%s)", [first])
        assert cursor.fetchone() == ("bound",)
        cursor.execute("SELECT sealed_allocate(%s)", [second])
        assert cursor.fetchone() == ("wait",)


def test_an_uncommitted_request_gets_nothing(attacker):
    with attacker.session() as cursor:
        cursor.execute(
            "INSERT INTO enrollment_subject (number, site_id, state, identified_on, protocol_version)"
            " SELECT 'X-1', min(id), 'identified', current_date, '1.0' FROM core_studysite RETURNING id"
        )
        subject = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO randomization_randomizationrequest"
            " (subject_id, requested_by_id, randomized_at, place, tx, at, strata)"
            " SELECT %s, min(id), now(), 7, 1, now(), '{}' FROM core_staffmember RETURNING id",
            [subject],
        )
        with pytest.raises(psycopg2.Error, match="The sealed room refuses"):
            cursor.execute("SELECT * FROM sealed_allocate(%s)", [cursor.fetchone()[0]])


def test_the_place_in_the_list_is_not_chosen_by_the_application(attacker):
    subject, _ = attacker.committed_request()
    assert attacker.commit(
        "SELECT place FROM randomization_randomizationrequest WHERE subject_id = %s", subject
    ) == (1,)
    attacker.is_refused("UPDATE randomization_randomizationrequest SET place = 5")


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("SELECT * FROM sealed_allocate(%s)", (10**9,)),
        ("SELECT * FROM sealed_disclose(%s)", (10**9,)),
        ("SELECT * FROM sealed_disclose(NULL)", ()),
        ("SELECT sealed_record_preparation(1, 'x', now(), 1e9, 1e9, 1e9, 1, now())", ()),
        ("SELECT sealed_record_preparation(1, repeat('x', 100000), now(), 'NaN', 1, 1, 1, now())", ()),
    ],
)
def test_an_error_has_one_sentence_and_no_detail(attacker, statement, parameters):
    error = attacker.is_refused(statement, *parameters)
    assert error.diag.message_primary == "The sealed room refuses."
    assert error.diag.message_detail is None
    assert error.diag.message_hint is None
    assert "CANARY" not in str(error)


def test_a_refusal_of_the_preparation_record_shows_no_failing_row(attacker):
    subject = attacker.allocated_subject()
    statement, parameters = attacker.access_record(subject)
    access = attacker.commit(statement, *parameters)[0]
    kit = attacker.commit("SELECT kit_number FROM sealed_disclose(%s)", access)[0]
    error = attacker.is_refused(
        "SELECT sealed_record_preparation(%s, %s, now(), 1e12, 1, 1, 1, now())", access, kit
    )
    assert error.diag.message_detail is None


def test_helper_functions_cannot_be_called(attacker):
    for call in ("sealed_shelf(1)", "sealed_access(1)", "sealed_may_look(1, 1)", "sealed_bags()"):
        attacker.is_refused(f"SELECT * FROM {call}")


@pytest.mark.usefixtures("open_counters")
def test_statistics_count_the_same_reads_whichever_arm_is_chosen(attacker):
    """An index on the arm would show the size of one arm's shelf in pg_stat_xact_all_tables."""
    seen = []
    for turn in range(8):
        _, request = attacker.committed_request()
        with attacker.session(fresh=True) as cursor:
            cursor.execute("SELECT * FROM sealed_allocate(%s)", [request])
            cursor.execute(
                "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_all_tables"
                " WHERE relname IN ('sealed_kitcontent', 'sealed_place') ORDER BY relname"
            )
            (_, kits), (_, places) = cursor.fetchall()
            seen.append(
                (kits, places - turn)
            )  # places are read up to the participant's, whose number is public
        attacker.commit("SELECT * FROM sealed_allocate(%s)", request)
    assert len(set(seen)) == 1, seen


def test_planner_statistics_of_sealed_tables_are_closed(attacker, owner):
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with attacker.session() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename LIKE 'sealed_%%'")
        assert cursor.fetchone() == (0,)


def test_models_of_the_sealed_app_hold_no_foreign_key():
    for model in apps.get_app_config("sealed").get_models():
        assert not [f for f in model._meta.local_fields if isinstance(f, models.ForeignKey)]
