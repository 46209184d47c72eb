"""ODM 1.3.2 Study, from the protocol, the declarations in datasets.py and the models.

OIDs change neither with the selection nor with the language: SE.D7, F.VS, IG.VS, I.VS.SPO2_PERCENT,
CL.VS.OXYGEN_DEVICE, MU.%, MDV.<protocol version>.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from lxml.builder import ElementMaker

from trial_site.core.datasets import Dataset
from trial_site.core.protocol import Protocol
from trial_site.exports.dictionary import (
    FLAG_TYPES,
    QUERY_STATES,
    Codelist,
    Condition,
    Limit,
    Shape,
    Variable,
    codelists,
    items,
)
from trial_site.exports.languages import LANGUAGES, Spoken, in_languages
from trial_site.exports.odm_events import Event, events
from trial_site.exports.sdtm.book import Form, as_sdtm
from trial_site.exports.sdtm.domains import DOMAINS

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
E = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})
Element = Any  # lxml publishes no type for its elements


def study(protocol: Protocol, datasets: tuple[Dataset, ...], beside: tuple[Codelist, ...] = ()) -> Element:
    """`beside`: codelists that no form has."""
    return E.Study(
        E.GlobalVariables(
            E.StudyName(protocol.short_title.en),
            E.StudyDescription(protocol.title.en),
            E.ProtocolName(protocol.sponsor_id),
        ),
        E.BasicDefinitions(*units(datasets)),
        metadata_version(protocol, datasets, beside),
        OID=protocol.registry_id,
    )


def version_oid(protocol: Protocol) -> str:
    return f"MDV.{protocol.version}"


def metadata_version(
    protocol: Protocol, datasets: tuple[Dataset, ...], beside: tuple[Codelist, ...] = ()
) -> Element:
    planned = events(protocol, datasets)
    return E.MetaDataVersion(
        E.Protocol(*references("StudyEvent", [event.oid for event in planned], mandatory=False)),
        *(event_definition(event) for event in planned),
        *(form_definition(dataset) for dataset in datasets),
        *(group_definition(dataset) for dataset in datasets),
        *(item_definition(dataset, variable) for dataset in datasets for variable in items(dataset)),
        *codelist_definitions(datasets, beside),
        *(condition(d, v, v.unless) for d in datasets for v in items(d) if v.unless),
        OID=version_oid(protocol),
        Name=f"{protocol.registry_id} {protocol.version}",
    )


def references(kind: str, oids: Iterable[str], *, mandatory: bool) -> Iterator[Element]:
    for number, oid in enumerate(oids, 1):
        yield reference(kind, oid, number, mandatory=mandatory)


def reference(kind: str, oid: str, number: int, *, mandatory: bool) -> Element:
    attributes = {f"{kind}OID": oid, "OrderNumber": str(number), "Mandatory": yes(mandatory)}
    return E(f"{kind}Ref", **attributes)


def event_definition(event: Event) -> Element:
    return E.StudyEventDef(
        description(event.name),
        *references("Form", [f"F.{form}" for form in event.forms], mandatory=False),
        OID=event.oid,
        Name=event.name["en"],
        Repeating=yes(event.repeating),
        Type=event.kind,
    )


def form_definition(dataset: Dataset) -> Element:
    title = in_languages(dataset.title)
    return E.FormDef(
        description(title),
        *references("ItemGroup", [f"IG.{dataset.form}"], mandatory=True),
        OID=f"F.{dataset.form}",
        Name=title["en"],
        Repeating=yes(bool(dataset.repeat)),
    )


def group_definition(dataset: Dataset) -> Element:
    members = [member(dataset, variable, number) for number, variable in enumerate(items(dataset), 1)]
    attributes = {"OID": f"IG.{dataset.form}", "Name": dataset.form, "Repeating": "No"}
    if dataset.domain:
        attributes["Domain"] = dataset.domain
    return E.ItemGroupDef(description(in_languages(dataset.title)), *members, **attributes)


def member(dataset: Dataset, variable: Variable, number: int) -> Element:
    found = reference("Item", item_oid(dataset, variable), number, mandatory=variable.mandatory)
    if variable.unless:
        found.set("CollectionExceptionConditionOID", condition_oid(dataset, variable))
    return found


def condition(dataset: Dataset, variable: Variable, unless: Condition) -> Element:
    """In words, and as the constraint that the database keeps."""
    spoken = {}
    for code, language in LANGUAGES.items():
        with translation.override(language):
            values = ", ".join(str(value) for value in unless.values)
            spoken[code] = _("Not collected when “%(field)s” is: %(values)s") % {
                "field": unless.label,
                "values": values,
            }
    return E.ConditionDef(
        description(spoken),
        OID=condition_oid(dataset, variable),
        Name=f"{dataset.form}.{variable.name} not collected",
    )


def condition_oid(dataset: Dataset, variable: Variable) -> str:
    return f"COND.{dataset.form}.{variable.name}"


def item_definition(dataset: Dataset, variable: Variable) -> Element:
    definition = E.ItemDef(
        E.Question(*translations(in_languages(variable.label))),
        OID=item_oid(dataset, variable),
        Name=f"{dataset.form}.{variable.name}",
        **data_type(variable.shape),
    )
    if variable.unit:
        definition.append(unit_reference(variable.unit))
    definition.extend(range_check(limit, variable.unit) for limit in variable.limits)
    if variable.codelist:
        definition.append(E.CodeListRef(CodeListOID=codelist_oid(variable.codelist)))
    if variable.cdash:
        definition.append(E.Alias(Context="CDASH", Name=variable.cdash))
    definition.extend(E.Alias(Context="SDTM", Name=target) for target in targets(dataset, variable))
    return definition


def targets(dataset: Dataset, variable: Variable) -> Iterator[str]:
    """Where the value stands in the tabulations, as far as its declaration says so."""
    form, called = Form.of(dataset, [variable]), as_sdtm(variable.cdash)
    for domain in DOMAINS:
        if dataset.form not in domain.forms:
            continue
        code = domain.code
        if test := form.test(variable.name, code):
            yield f"{code}.{code}ORRES where {code}TESTCD = {test}"
        elif called in {each.name for each in domain.variables}:
            yield f"{code}.{called}"


def item_oid(dataset: Dataset, variable: Variable) -> str:
    return f"I.{dataset.form}.{variable.name}"


def data_type(shape: Shape) -> dict[str, str]:
    """Length and SignificantDigits say what a receiving system must be able to hold (ODM 1.3.2, ItemDef)."""
    sizes = {"Length": shape.length, "SignificantDigits": shape.decimals}
    return {"DataType": shape.data_type} | {name: str(n) for name, n in sizes.items() if n is not None}


def range_check(limit: Limit, unit: str) -> Element:
    """Hard: the database itself refuses anything else."""
    check = E.RangeCheck(E.CheckValue(limit.value), Comparator=limit.comparator, SoftHard="Hard")
    if unit:
        check.append(unit_reference(unit))
    return check


def codelist_definitions(datasets: Iterable[Dataset], beside: tuple[Codelist, ...]) -> Iterator[Element]:
    named = {each.name: (each, "text") for each in (FLAG_TYPES, QUERY_STATES, *beside)}
    for dataset in datasets:
        named |= {codelist.name: (codelist, kind) for codelist, kind in codelists(dataset)}
    for name, (codelist, kind) in sorted(named.items()):
        entries = (
            E.CodeListItem(E.Decode(*translations(in_languages(label))), CodedValue=code, OrderNumber=str(n))
            for n, (code, label) in enumerate(codelist.items, 1)
        )
        yield E.CodeList(*entries, OID=codelist_oid(codelist), Name=name, DataType=kind)


def codelist_oid(codelist: Codelist) -> str:
    return f"CL.{codelist.name}"


def units(datasets: Iterable[Dataset]) -> Iterator[Element]:
    used = {variable.unit for dataset in datasets for variable in items(dataset) if variable.unit}
    for unit in sorted(used):
        yield E.MeasurementUnit(E.Symbol(*translations({"en": unit})), OID=unit_oid(unit), Name=unit)


def unit_oid(unit: str) -> str:
    return f"MU.{unit}"


def unit_reference(unit: str) -> Element:
    return E.MeasurementUnitRef(MeasurementUnitOID=unit_oid(unit))


def description(spoken: Spoken) -> Element:
    return E.Description(*translations(spoken))


def translations(spoken: Spoken) -> list[Element]:
    return [E.TranslatedText(said, **{LANG: code}) for code, said in spoken.items()]


def yes(holds: bool) -> str:
    return "Yes" if holds else "No"
