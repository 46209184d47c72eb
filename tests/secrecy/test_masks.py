"""Each mask of the blinding proof hides its target, keeps its length, and hides nothing beside it."""

from datetime import UTC, datetime, timedelta

import pytest

from trial_site.blinding.comparison import differences
from trial_site.blinding.masks import DRAWN, Clock, Masks, NotOneToOne, new_names, of_equal_length

AT = datetime(2026, 11, 24, 4, 53, 12, tzinfo=UTC)
HEX = "0123456789abcdef"
TOKEN = "aB3" * 21 + "x"


def masks(**drawn: list[str]) -> Masks:
    found = {name: [] for name in DRAWN} | drawn
    found |= {"began": AT.isoformat(), "ended": (AT + timedelta(minutes=2)).isoformat()}
    return Masks.of(found, Clock.of(found))


@pytest.mark.parametrize(
    ("before", "hidden", "after"),
    [
        ('<input name="csrfmiddlewaretoken" value="', TOKEN, '">CANARYCELLS'),
        ('{"x-csrftoken": "', TOKEN, '", "arm": "A"}'),
        ("csrftoken=", TOKEN[:32], "; Path=/; arm=A"),
        ("sessionid=", "k3" * 16, "; HttpOnly; arm=A"),
        ("messages=W1siX19qc29uX21l:", "1xjWWa:" + "3_D" * 14 + "x", "; HttpOnly; Path=/; SameSite=Lax"),
        ('{"request": "', HEX * 2, '", "role": "nurse"}'),
        ('{"tx": ', "28008".zfill(20), ', "txt": 5}'),
        *(
            ('{"' + name + '": "\\\\x', HEX * 4, '", "ids": "{[1,5)}"}')
            for name in ("root", "hash", "leaf", "previous")
        ),
        ('<ODM FileOID="urn:uuid:', "01234567-89ab-cdef-0123-456789abcdef", '" FileType="Snapshot"'),
        ('{"marks": [], "sealed": "', "gAAAAAB" + "x_-7" * 30 + "==", '", "id": 4}'),
        ('[{\n   "sha256": "', HEX * 4, '"\n  }]'),
        ('{\n  "sha256": "', HEX * 4, '",\n  "seal": 3'),
        ('{"head_of_the_audit_chain": {"seal": 1, "sha256": "', HEX * 4, '"}}'),
        ('"files": [{"name": "dm.json", "sha256": "', HEX * 4, '"}, {"name": "x"}]'),
        ('"fileOID": "urn:uuid:', "01234567-89ab-cdef-0123-456789abcdef", '/TA"'),
        ("Date: ", "Tue, 24 Nov 2026 04:53:55 -0000", " x"),
        ("Expires: ", "Tue, 24 Nov 2026 04:54:01 GMT", " x"),
        ('{"at": "', "2026-11-24T04:54:59.735974", '+00:00", "id": 180}'),
        ('<time datetime="', "2026-11-24T12:53", '+08:00">'),
        ("<td>", "24 Nov 2026, 12:53", "</td>"),
        ("NCT05741099_csv_", "20261124T045353Z", ".zip"),
        ('FileOID="NCT05741099.define.', "2026-11-24T04:53:53.123456", 'Z"'),
    ],
)
def test_a_mask_hides_its_target_and_nothing_beside_it(before, hidden, after):
    assert masks().apply(before + hidden + after) == before + "#" * len(hidden) + after


@pytest.mark.parametrize(
    "visible",
    [
        '{"name": "csrfmiddlewaretoken", "value": "short"}',
        f'<input name="arm" value="{TOKEN}">',
        f'{{"sha256": "{HEX * 4}"}}',
        f'{{"name": "dm.json", "sha256": "{HEX * 4}", "arm": 1}}',
        f'{{"requests": "{HEX * 2}"}}',
        f'{{"salt": "\\\\x{HEX * 4}"}}',
        f'{{"hash": "{HEX * 4}"}}',
        '{"txs": 00000000000000028008, "count": 4}',
        'KitOID="urn:uuid:01234567-89ab-cdef-0123-456789abcdef"',
        "2026-11-24T04:52:59.000000+00:00",
        "2026-11-24T04:59:59.000000+00:00",
        "2026-12-24T04:53",
        "expires 2026-11-24",
        "24 Nov 2026, 13:53",
        "20261123T045353Z",
        "Q-ABCDE 8269143 LOT-A",
    ],
)
def test_everything_else_stays_visible(visible):
    assert masks().apply(visible) == visible


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("2026-11-24T04:53:12.88274Z", "2026-11-24T04:53:12.882740Z"),
        ("2026-11-24T04:53:12+00:00", "2026-11-24T04:53:12.000000+00:00"),
        ('"tx": 28008,', '"tx": 00000000000000028008,'),
        ("at 04:53:12, 28008", "at 04:53:12, 28008"),
    ],
)
def test_what_is_as_long_as_its_value_is_written_out(short, long):
    assert of_equal_length(short) == long


def test_names_drawn_at_random_keep_their_identity():
    renamed = masks(queries=["Q-ZZZZZ", "Q-AAAAA"])
    assert renamed.apply("Q-AAAAA Q-ZZZZZ 1Q-ZZZZZ") == "Q-00002 Q-00001 1Q-ZZZZZ"


def test_a_renaming_that_is_not_one_to_one_is_a_leak():
    with pytest.raises(NotOneToOne):
        new_names("Q-{:05d}", ["Q-AAAAA", "Q-AAAAA"])


def test_an_instant_that_is_the_same_in_both_is_treated_the_same():
    """One clone was at work in that minute, the other was not."""
    early, late = (found([["a: GET /", "2026-11-24T04:53:03.000000+00:00"]]) for _ in range(2))
    late |= {name: (AT + timedelta(minutes=5)).isoformat() for name in ("began", "ended")}
    assert list(differences(early, late)) == []


def test_the_clock_knows_only_the_minutes_of_the_run():
    assert "2026-11-24T04:52" not in Clock.between(AT, AT).minutes


def found(parts, queries=()):
    return {
        "began": AT.isoformat(),
        "ended": AT.isoformat(),
        **{name: [] for name in DRAWN},
        "queries": list(queries),
        "parts": parts,
    }


def test_a_missing_part_another_order_and_another_byte_are_differences():
    one, other = ["a: GET /", "x"], ["a: GET /b", "y"]
    assert [d.where for d in differences(found([one, other]), found([one]))] == ["a: GET /b"]
    [order] = differences(found([one, other]), found([other, one]))
    assert order.where == "order of the pages"
    [byte] = differences(found([one]), found([["a: GET /", "z"]]))
    assert byte.shown == "-x\n+z"


def test_queries_that_share_a_number_are_a_difference():
    [leak] = differences(found([], ["1", "2"]), found([], ["1", "1"]))
    assert leak.where == "names drawn at random"
