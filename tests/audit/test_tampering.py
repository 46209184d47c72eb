"""Whoever owns the database can switch triggers off and rewrite rows; verification names what they did, each time."""

import pytest

from tests.audit.chains import CHAINS, execute, extend_chains, found, seal_history, tampering, verified
from tests.ground import clone_template
from trial_site.audit.verify_offline import COLUMNS

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.usefixtures("sealed"),
]
EACH_CHAIN = pytest.mark.parametrize("chain", CHAINS)
# How the owner changes a column of each type so that the row reads otherwise.
OTHERWISE = {
    "bigint": "coalesce({0}, 0) + 1",
    "text": "{0} || 'x'",
    "character varying": "CASE {0} WHEN 'D' THEN 'I' ELSE 'D' END",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "jsonb": "coalesce({0}, '{{}}') || '{{\"forged\": 1}}'",
}
TYPES = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{}'"


@pytest.fixture
def sealed() -> None:
    seal_history()


def last(chain: str, operation: str) -> int:
    """A row of this operation in the history of the chain's example table."""
    return execute(
        f"SELECT max(id) FROM {chain}_event WHERE \"table\" = '{CHAINS[chain]}' AND operation = '{operation}'"
    )[0][0]


def anchors(chain: str) -> list[dict]:
    rows = execute(f"SELECT id, encode(hash, 'hex') FROM {chain}_seal ORDER BY id")
    return [{"chain": f"{chain}_event", "number": number, "hash": hashed} for number, hashed in rows]


def rows_of(chain: str, seal: int) -> list[int]:
    return [key for (key,) in execute(f"SELECT event_id FROM {chain}_leaf WHERE seal = {seal} ORDER BY 1")]


@EACH_CHAIN
def test_an_untouched_history_holds(chain):
    verification, findings = verified(chain, anchors(chain))
    assert findings == []
    assert verification.rows > 20
    assert verification.waiting == 0
    assert int(verification.head["number"]) == 2


@EACH_CHAIN
@pytest.mark.parametrize("operation", "IUD")
def test_each_column_of_each_kind_of_row(chain, operation):
    row = last(chain, operation)
    types = dict(execute(TYPES.format(f"{chain}_event")))
    assert sorted(types) == sorted(COLUMNS), "a column that is not sealed"
    for column in sorted(set(types) - {"id"}):
        with tampering():
            changed = OTHERWISE[types[column]].format(f'"{column}"')
            execute(f'UPDATE {chain}_event SET "{column}" = {changed} WHERE id = {row}')
            [finding] = verified(chain)[1]
            assert (finding.kind, finding.row, finding.table) == ("altered", row, f"{chain}_event"), column
            assert f"{chain}_event row {row}" in finding.sentence
    with tampering():
        execute(f"UPDATE {chain}_event SET id = 900000 WHERE id = {row}")
        assert found(chain) == {("removed", row), ("inserted", 900000)}


@EACH_CHAIN
@pytest.mark.parametrize("operation", "IUD")
def test_each_kind_of_row_removed(chain, operation):
    row = last(chain, operation)
    for tables in (["event"], ["event", "leaf"]):
        with tampering():
            for table in tables:
                execute(
                    f"DELETE FROM {chain}_{table} WHERE {'id' if table == 'event' else 'event_id'} = {row}"
                )
            assert found(chain) == {("removed", row)}


@EACH_CHAIN
@pytest.mark.parametrize("with_leaf", [False, True])
def test_a_row_inserted(chain, with_leaf):
    columns = ", ".join(f'"{name}"' for name in COLUMNS if name != "id")
    with tampering():
        execute(
            f"INSERT INTO {chain}_event (id, {columns}) SELECT 900000, {columns} FROM {chain}_event"
            f" WHERE id = {last(chain, 'U')}"
        )
        if with_leaf:
            execute(f"INSERT INTO {chain}_leaf VALUES (900000, 1, '', sha256('x'))")
        assert found(chain) == {("inserted", 900000)}


@EACH_CHAIN
def test_two_rows_change_places(chain):
    one, other = rows_of(chain, 2)
    with tampering():
        execute(
            f"UPDATE {chain}_event SET id = -id WHERE id IN ({one}, {other})",
            f"UPDATE {chain}_event SET id = {one} + {other} + id WHERE id < 0",
        )
        assert found(chain) == {("moved", one), ("moved", other)}


@EACH_CHAIN
def test_a_table_emptied(chain):
    every = {row for seal in (1, 2) for row in rows_of(chain, seal)}
    with tampering():
        execute(f"TRUNCATE {chain}_event")
        assert found(chain) == {("removed", row) for row in every}
        execute(f"TRUNCATE {chain}_leaf")
        assert found(chain) == {("removed", row) for row in every}
    with tampering():
        execute(f"TRUNCATE {chain}_leaf")
        assert found(chain) == {("seal", row) for row in every}


@EACH_CHAIN
def test_a_row_altered_together_with_its_leaf(chain):
    row = last(chain, "D")
    with tampering():
        execute(f"UPDATE {chain}_leaf SET leaf = sha256('forged') WHERE event_id = {row}")
        assert found(chain) == {("altered", row), ("seal", 2)}


@EACH_CHAIN
@pytest.mark.parametrize("column", ["at", "tx", "ids", "root", "previous", "hash"])
def test_each_column_of_a_seal(chain, column):
    otherwise = {"at": "at + interval '1 microsecond'", "tx": "tx + 1", "ids": "'{[1,2)}'"}.get(
        column, f"sha256({column})"
    )
    with tampering():
        execute(f"UPDATE {chain}_seal SET {column} = {otherwise} WHERE id = 1")
        assert ("seal", 1) in found(chain)


@EACH_CHAIN
def test_a_seal_removed(chain):
    with tampering():
        execute(f"DELETE FROM {chain}_seal WHERE id = 1")
        assert ("seal", 2) in found(chain)


@EACH_CHAIN
@pytest.mark.parametrize("from_seal", [1, 2], ids=["everything", "the end"])
def test_a_history_cut_off_is_known_by_its_anchor(chain, from_seal):
    noted = anchors(chain)
    with tampering():
        execute(
            f"DELETE FROM {chain}_event WHERE id IN (SELECT event_id FROM {chain}_leaf WHERE seal >= {from_seal})",
            f"DELETE FROM {chain}_leaf WHERE seal >= {from_seal}",
            f"DELETE FROM {chain}_seal WHERE id >= {from_seal}",
        )
        assert found(chain, noted) == {("anchor", number) for number in (1, 2) if number >= from_seal}


@EACH_CHAIN
def test_a_history_written_anew_is_known_by_its_anchor(chain):
    noted = anchors(chain)
    with tampering():
        execute(
            f"UPDATE {chain}_event SET actor = 'somebody else' WHERE id = {last(chain, 'U')}",
            f"TRUNCATE {chain}_leaf, {chain}_seal",
        )
        extend_chains()
        assert found(chain) == set()
        assert ("anchor", 1) in found(chain, noted)


def test_an_older_backup_put_back_is_known_by_its_anchor(backup):
    backup.take()
    execute("UPDATE core_studysite SET name = 'what the backup does not know' WHERE code = '01'")
    extend_chains()
    noted = anchors("audit")
    backup.put_back()
    [finding] = verified("audit", noted)[1]
    assert (finding.kind, finding.seal) == ("anchor", 3)
    assert "an older state was put back" in finding.sentence
    for name in ("work", "goes on"):
        execute(f"UPDATE core_studysite SET name = '{name}' WHERE code = '01'")
        extend_chains()
    assert found("audit") == set()
    assert found("audit", noted) == {("anchor", 3)}


@pytest.fixture
def backup():
    """A copy of the whole database, as a restore from a backup would bring it back."""
    from django.conf import settings

    from tests.conftest import close_connections

    name = settings.DATABASES["default"]["NAME"]

    class Backup:
        def take(self) -> None:
            close_connections()
            clone_template(f"{name}_backup", template=name)

        def put_back(self) -> None:
            close_connections()
            clone_template(name, template=f"{name}_backup")

    return Backup()
