"""Special purpose domains: who the participants are, their visits, and the elements they went through."""

from collections.abc import Iterator
from datetime import date

from randomization.rules.stock import StudyBag
from trial_site.exports.sdtm.book import Book, Record, Row
from trial_site.exports.sdtm.design import ELEMENTS, element_code
from trial_site.exports.sdtm.domains import Domain

SEX = {"female": "F", "male": "M"}


def demographics(domain: Domain, book: Book) -> Iterator[Record]:
    born, consented = book.first("SC", "BIRTH_DATE"), book.first("CO", "GIVEN_AT")
    died = next((row["ON"] for row in book.of("EN") if row["KIND"] == "death" and row["STANDS"] == "Y"), None)
    age = years(born, consented)
    yield {
        "SUBJID": book.number,
        "SITEID": book.site,
        "RFSTDTC": book.infused_from,
        "RFENDTC": book.infused_until,
        "RFXSTDTC": book.infused_from,
        "RFXENDTC": book.infused_until,
        "RFICDTC": consented,
        "RFPENDTC": book.first("EO", "ENDED_ON"),
        "DTHDTC": died,
        "DTHFL": "Y" if died else None,
        "BRTHDTC": born,
        "AGE": age,
        "AGEU": None if age is None else "YEARS",
        "SEX": SEX.get(book.first("SC", "SEX") or ""),
        **arms(book),
    }


def years(born: str | None, until: str | None) -> int | None:
    """Completed years."""
    if not born or not until:
        return None
    birth, day = date.fromisoformat(born), date.fromisoformat(until[:10])
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def arms(book: Book) -> Record:
    """Planned by the allocation list, actual by what the bag was filled with."""
    if book.treatment is None:
        failed = any(row["DECISION"] == "screen_failure" for row in book.of("EL"))
        return {"ARMNRS": "SCREEN FAILURE" if failed else "NOT ASSIGNED"}
    planned = {"ARMCD": book.treatment.arm, "ARM": book.arm_name(book.treatment.arm)}
    given = next((bag for row, bag in infusions(book)), None)
    if given is None:
        return planned | {"ARMNRS": "ASSIGNED, NOT TREATED"}
    return planned | {"ACTARMCD": given.arm, "ACTARM": book.arm_name(given.arm)}


def infusions(book: Book) -> Iterator[tuple[Row, StudyBag]]:
    """Every infusion that was begun, with what its bag was filled with."""
    bags = book.treatment.bags if book.treatment else {}
    for row in book.of("IN"):
        bag = bags.get(row["BAG_CODE"] or "")
        if row["STARTED_AT"] and bag is not None:
            yield row, bag


def visits(domain: Domain, book: Book) -> Iterator[Record]:
    planned = book.protocol.visit_by_code
    for row in book.of("VI"):
        visit = planned.get(row.visit or "")
        day = None if visit is None or visit.day is None else visit.day + 1
        on = row["TOOK_PLACE_ON"]
        yield book.visit(row) | {"VISITDY": day, "SVSTDTC": on, "SVENDTC": on}


def elements(domain: Domain, book: Book) -> Iterator[Record]:
    """As far as the participant came. The element of the infusion names the arm: unblinded only."""
    given = next((bag.arm for _row, bag in infusions(book)), "")
    starts = (book.first("CO", "GIVEN_AT"), book.infused_from, book.infused_until)
    ends = (*starts[1:], book.first("EO", "ENDED_ON"))
    for (code, element, epoch, _start, _end), start, end in zip(ELEMENTS, starts, ends, strict=True):
        if start:
            yield {
                "ETCD": element_code(code, given),
                "ELEMENT": element.format(arm=book.arm_name(given)),
                "EPOCH": epoch,
                "SESTDTC": start,
                "SEENDTC": end,
            }
