"""What somebody holds who took over the web process: connections of the application role and any SQL."""

import json
from contextlib import contextmanager

import psycopg2
import pytest
from psycopg2.extensions import STATUS_READY

REFUSALS = ("42501", "TS001", "TS002", "TS003", "TS004", "TS005", "TS007")


class Attacker:
    """Runs SQL as the application role, in one session as long as that has nothing else to do; `session()` is one
    transaction, rolled back unless `commit` is called."""

    def __init__(self, connect) -> None:
        self.connect = connect
        self.mine = connect()

    def free(self) -> psycopg2.extensions.connection:
        return self.mine if self.mine.status == STATUS_READY else self.connect()

    @contextmanager
    def session(self, *, fresh: bool = False):
        """`fresh`: another session, whose counters are at zero."""
        connection = self.connect() if fresh else self.free()
        try:
            with connection.cursor() as cursor:
                claim_to_be_somebody(cursor)
                yield cursor
        finally:
            connection.rollback()

    def commit(self, statement: str, *parameters):
        """One statement in a committed transaction; returns its first row, if any."""
        connection = self.free()
        with connection, connection.cursor() as cursor:
            claim_to_be_somebody(cursor)
            cursor.execute(statement, parameters)
            return cursor.fetchone() if cursor.description else None

    def is_refused(self, statement: str, *parameters, before: str = "") -> psycopg2.Error:
        """The statement fails for lack of a right or by a refusal of ours; returns the error."""
        with self.session() as cursor:
            if before:
                cursor.execute(before)
            with pytest.raises(psycopg2.Error) as caught:
                cursor.execute(statement, parameters)
        assert caught.value.pgcode in REFUSALS, caught.value
        return caught.value

    def committed_request(self) -> tuple[int, int]:
        """A new participant with a committed request; returns (subject id, request id)."""
        subject = self.commit(
            "INSERT INTO enrollment_subject (number, site_id, state, identified_on, protocol_version)"
            " SELECT 'X-' || gen_random_uuid()::text::char(8), id, 'identified', current_date, '1.0'"
            " FROM core_studysite WHERE code = '01' RETURNING id"
        )[0]
        request = self.commit(
            "INSERT INTO randomization_randomizationrequest"
            " (subject_id, requested_by_id, randomized_at, place, tx, at, strata)"
            " SELECT %s, min(id), now(), 0, 0, now(), '{}' FROM core_staffmember RETURNING id",
            subject,
        )[0]
        return subject, request

    def allocated_subject(self) -> int:
        subject, request = self.committed_request()
        self.commit("SELECT * FROM sealed_allocate(%s)", request)
        return subject

    def access_record(
        self,
        subject: int,
        *,
        login: str = "pharmacist1",
        purpose: str = "prepare",
        at: str = "now()",
        tx: str = "0",
    ):
        """INSERT of an access record for `subject` in the name of `login`, as (statement, parameters)."""
        statement = (
            "INSERT INTO randomization_accessrecord (person_id, subject_id, purpose, why, tx, at)"
            f" SELECT id, %s, '{purpose}', 'curious', {tx}, {at} FROM core_staffmember WHERE email = %s RETURNING id"
        )
        return statement, (subject, f"{login}@demo.example")

    def code_break(self, access: int):
        """INSERT of the code break that an access record is for, as (statement, parameters)."""
        statement = (
            "INSERT INTO randomization_codebreak"
            " (subject_id, category, why, broken_by_id, broken_at, access_id, letter)"
            " SELECT subject_id, 'emergency', 'curious', person_id, at, id, '' FROM randomization_accessrecord"
            " WHERE id = %s RETURNING id"
        )
        return statement, (access,)


def claim_to_be_somebody(cursor) -> None:
    context = {"actor_id": 1, "actor": "attacker", "role": "coordinator", "reason": "attack"}
    cursor.execute("SELECT set_config('trial.context', %s, true)", [json.dumps(context)])
