"""Interventions: what was taken, given and done."""

from collections.abc import Iterator

from trial_site.exports.sdtm.book import Book, Record, Row, declared, listed, number, upper
from trial_site.exports.sdtm.domains import Domain
from trial_site.exports.sdtm.special import infusions

IMAGES = {"ct": "CHEST CT", "xray": "CHEST X-RAY"}
SMOKED = {"never": "N", "former": "Y", "current": "Y"}


def medications(domain: Domain, book: Book) -> Iterator[Record]:
    yield from listed(domain, book)
    for row in book.of("SC", "CH"):
        doses = row["VACCINE_DOSES"]
        if doses is not None:
            yield {
                "CMTRT": row["VACCINE"] or "COVID-19 VACCINE",
                "CMCAT": "VACCINE",
                "CMPRESP": "Y",
                "CMOCCUR": "N" if doses == "0" else "Y",
                "CMDOSE": number(doses),
                "CMDOSU": "DOSES",
                "CMENDTC": row["LAST_DOSE_ON"] or row["LAST_VACCINE_DATE"],
            }


def exposure(domain: Domain, book: Book) -> Iterator[Record]:
    """As collected and masked: what was infused is nobody's knowledge here."""
    for row in book.of("IN"):
        yield declared(domain, row) | {
            "ECTRT": "MASKED STUDY PRODUCT",
            "ECCAT": "INFUSION",
            "ECOCCUR": "Y" if row["STARTED_AT"] else None,
            "ECDOSE": number(row["VOLUME_ML"]),
            "ECDOSU": "mL" if row["VOLUME_ML"] else None,
            "ECROUTE": "INTRAVENOUS",
        }
    for row in book.of("IT"):
        pause = {"ECTRT": "MASKED STUDY PRODUCT", "ECCAT": "INTERRUPTION", "ECOCCUR": "N"}
        yield declared(domain, row) | pause | {"ECSTDTC": row["BEGAN_AT"], "ECENDTC": row["ENDED_AT"]}


def exposure_unmasked(domain: Domain, book: Book) -> Iterator[Record]:
    for row, bag in infusions(book):
        yield {
            "EXREFID": bag.bag,
            "EXTRT": book.arm_name(bag.arm),
            "EXCAT": "INFUSION",
            "EXDOSE": number(row["VOLUME_ML"]),
            "EXDOSU": "mL" if row["VOLUME_ML"] else None,
            "EXROUTE": "INTRAVENOUS",
            "EXLOT": bag.lot,
            "EXADJ": row["INCOMPLETE_REASON"],
            "EXSTDTC": row["STARTED_AT"],
            "EXENDTC": row["STOPPED_AT"],
        }


def procedures(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("RS"):
        yield declared(domain, row) | {"PRCAT": "RESPIRATORY SUPPORT"} | oxygen(row)
    for row in book.of("VS", "DY", "OR"):
        if row.values.get("OXYGEN_DEVICE") not in (None, "none"):
            yield supported(row) | oxygen(row) | book.visit(row)
    for row in book.of("CT"):
        if row["SCANNED_AT"]:
            yield image("ct", row["SCANNED_AT"]) | book.visit(row)
    for row in book.of("SC"):
        if row["IMAGING_MODALITY"]:
            yield image(row["IMAGING_MODALITY"], row["IMAGING_DATE"])


def image(modality: str, taken: str | None) -> Record:
    return {"PRTRT": IMAGES[modality], "PRCAT": "IMAGING", "PRSCAT": upper(modality), "PRSTDTC": taken}


def supported(row: Row) -> Record:
    """What somebody breathed with when they were seen."""
    return {
        "PRTRT": upper(row["OXYGEN_DEVICE"]),
        "PRCAT": "RESPIRATORY SUPPORT WHEN SEEN",
        "PRSTDTC": row.at("VSDTC", "VSDAT", "RSDAT"),
    }


def oxygen(row: Row) -> Record:
    flow = number(row["OXYGEN_FLOW_L_MIN"])
    return {"PRDOSE": flow, "PRDOSU": None if flow is None else "L/min"}


def substances(domain: Domain, book: Book) -> Iterator[Record]:
    for row in book.of("SC"):
        status, smoked = row["SMOKING_STATUS"], number(row["CIGARETTES_PER_DAY"])
        if status:
            yield {
                "SUTRT": "CIGARETTES",
                "SUCAT": "TOBACCO",
                "SUSCAT": status.upper(),
                "SUPRESP": "Y",
                "SUOCCUR": SMOKED.get(status),
                "SUDOSE": smoked,
                "SUDOSU": None if smoked is None else "CIGARETTES",
                "SUDOSFRQ": None if smoked is None else "PER DAY",
            }
