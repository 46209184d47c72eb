"""Define-XML 2.1: the metadata of the tabulations that are in the zip."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

from trial_site.core.context import RELEASE
from trial_site.exports.languages import in_languages
from trial_site.exports.manifest import Order
from trial_site.exports.sdtm.domains import STANDARD, VERSION, Domain
from trial_site.exports.sdtm.variables import Variable

ODM, DEF, XLINK = (
    "http://www.cdisc.org/ns/odm/v1.3",
    "http://www.cdisc.org/ns/def/v2.1",
    "http://www.w3.org/1999/xlink",
)
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
E = ElementMaker(namespace=ODM, nsmap={None: ODM, "def": DEF, "xlink": XLINK})
D = ElementMaker(namespace=DEF, nsmap={None: ODM, "def": DEF, "xlink": XLINK})
STANDARD_OID, YES_NO = "STD.1", "CL.NY"
ANSWERS = (("Y", "Yes"), ("N", "No"))
# Variables that hold Y or N.
FLAGS = (
    *("PRESP", "OCCUR", "DTHFL", "IEORRES", "IESTRESC"),
    *("AESER", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE"),
)
# What is computed, by the end of its name, and how.
METHODS = {
    "DY": "Date of the --DTC variable minus the date of RFSTDTC, plus 1 if it is not before; both of the study site.",
    "SEQ": "Running number within the participant, in the order of the key variables.",
    "STRESC": "The result as collected; coded results in capitals.",
    "STRESN": "The result as collected, where it is a number.",
    "STRESU": "The unit as collected, which is the standard unit.",
    "NRIND": "LOW below and HIGH above the reference range of the laboratory for sex and age, else NORMAL.",
    "AGE": "Completed years between BRTHDTC and RFICDTC.",
    "AGEU": "YEARS where AGE is known.",
    "EPOCH": "SCREENING before RFXSTDTC or without it, TREATMENT until RFXENDTC, then FOLLOW-UP; of the start.",
    "DTHFL": "Y where DTHDTC is known or the death was recorded.",
}
MANDATORY = ("STUDYID", "DOMAIN", "RDOMAIN", "USUBJID")
DATA_TYPES = {"string": "text", "integer": "integer", "float": "float"}
Described = tuple[Domain, Counter[str]]


def define(order: Order, tables: list[Described]) -> bytes:
    root = E.ODM(
        study(order, tables),
        ODMVersion="1.3.2",
        FileType="Snapshot",
        FileOID=f"{order.protocol.registry_id}.define.{order.instant}",
        CreationDateTime=order.instant,
        AsOfDateTime=order.data_instant,
        SourceSystem="trial-site",
        SourceSystemVersion=RELEASE,
    )
    root.set(f"{{{DEF}}}Context", "Other")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def study(order: Order, tables: list[Described]) -> Any:
    protocol = order.protocol
    return E.Study(
        E.GlobalVariables(
            E.StudyName(protocol.registry_id),
            E.StudyDescription(protocol.title.en),
            E.ProtocolName(protocol.sponsor_id),
        ),
        metadata(order, tables),
        OID=protocol.registry_id,
    )


def metadata(order: Order, tables: list[Described]) -> Any:
    version = E.MetaDataVersion(
        D.Standards(standard()),
        *(group(domain) for domain, _lengths in tables),
        *(item(domain, variable, lengths) for domain, lengths in tables for variable in domain.variables),
        codelist(),
        *methods(),
        OID=f"MDV.{order.protocol.registry_id}.SDTM",
        Name=f"{order.protocol.registry_id} SDTM",
        Description=f"Blinded tabulations of {order.protocol.registry_id}",
    )
    version.set(f"{{{DEF}}}DefineVersion", "2.1.0")
    return version


def standard() -> Any:
    return D.Standard(OID=STANDARD_OID, Name=STANDARD, Type="IG", Version=VERSION, Status="Final")


def group(domain: Domain) -> Any:
    found = E.ItemGroupDef(
        description(domain.label),
        *references(domain),
        D.Class(Name=domain.group),
        leaf(domain),
        OID=f"IG.{domain.code}",
        Name=domain.code,
        Domain=domain.parent,
        Repeating="No" if domain.code == "DM" else "Yes",
        IsReferenceData="Yes" if domain.is_reference else "No",
        SASDatasetName=domain.code,
        Purpose="Tabulation",
    )
    attributes = {
        "Structure": domain.structure,
        "ArchiveLocationID": f"LF.{domain.code}",
        "StandardOID": STANDARD_OID,
    }
    for name, value in attributes.items():
        found.set(f"{{{DEF}}}{name}", value)
    return found


def references(domain: Domain) -> Iterator[Any]:
    for number, variable in enumerate(domain.variables, 1):
        key = (
            {"KeySequence": str(domain.keys.index(variable.name) + 1)} if variable.name in domain.keys else {}
        )
        derived = {"MethodOID": f"MT.{end}"} if (end := method(domain, variable)) else {}
        yield E.ItemRef(
            ItemOID=oid(domain, variable),
            OrderNumber=str(number),
            Mandatory="Yes" if variable.name in MANDATORY else "No",
            Role=variable.role,
            **key,
            **derived,
        )


def leaf(domain: Domain) -> Any:
    name = f"{domain.code.lower()}.json"
    found = D.leaf(D.title(name), ID=f"LF.{domain.code}")
    found.set(f"{{{XLINK}}}href", name)
    return found


def item(domain: Domain, variable: Variable, lengths: Counter[str]) -> Any:
    kind = "partialDatetime" if variable.instant else DATA_TYPES[variable.kind]
    size = {"Length": str(max(1, lengths[variable.name]))} if kind == "text" else {}
    size |= (
        {"Length": "8"}
        if kind == "integer"
        else {"Length": "12", "SignificantDigits": "4"}
        if kind == "float"
        else {}
    )
    found = E.ItemDef(
        description(variable.label),
        OID=oid(domain, variable),
        Name=variable.name,
        SASFieldName=variable.name,
        DataType=kind,
        **size,
    )
    if variable.name.endswith(FLAGS):
        found.append(E.CodeListRef(CodeListOID=YES_NO))
    source = "Protocol" if domain.is_reference else origin(domain, variable)
    found.append(D.Origin(Type=source, Source="Sponsor" if source != "Collected" else "Investigator"))
    return found


def origin(domain: Domain, variable: Variable) -> str:
    assigned = ("STUDYID", "DOMAIN", "RDOMAIN", "USUBJID", "VISITNUM", "VISIT", "VISITDY", "IDVAR", "QORIG")
    if method(domain, variable):
        return "Derived"
    if variable.name in assigned or variable.role in ("Topic", "Synonym Qualifier", "Grouping Qualifier"):
        return "Assigned"
    return "Collected"


def method(domain: Domain, variable: Variable) -> str | None:
    """The end of the variable's name by which its method goes."""
    if variable.name == "VISITDY" or (domain.is_reference and variable.name == "EPOCH"):
        return None
    return next((end for end in METHODS if variable.name.endswith(end)), None)


def methods() -> Iterator[Any]:
    for end, said in METHODS.items():
        yield E.MethodDef(
            description(said), OID=f"MT.{end}", Name=f"Derivation of --{end}", Type="Computation"
        )


def oid(domain: Domain, variable: Variable) -> str:
    return f"IT.{domain.code}.{variable.name}"


def codelist() -> Any:
    listed: Iterable[Any] = (
        E.CodeListItem(E.Decode(E.TranslatedText(label, **{XML_LANG: "en"})), CodedValue=code)
        for code, label in ANSWERS
    )
    return E.CodeList(*listed, OID=YES_NO, Name="No Yes Response", DataType="text")


def description(text: str) -> Any:
    return E.Description(E.TranslatedText(in_languages(text)["en"], **{XML_LANG: "en"}))
