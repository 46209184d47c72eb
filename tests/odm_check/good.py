"""Two small files without a fault, as another system might write them."""
# ruff: noqa: E501

METADATA = """\
 <Study OID="S.1">
  <GlobalVariables><StudyName>S</StudyName><StudyDescription>D</StudyDescription><ProtocolName>P</ProtocolName></GlobalVariables>
  <BasicDefinitions>
   <MeasurementUnit OID="MU.PCT" Name="%"><Symbol><TranslatedText>%</TranslatedText></Symbol></MeasurementUnit>
  </BasicDefinitions>
  <MetaDataVersion OID="MDV.1" Name="v1">
   <Protocol><StudyEventRef StudyEventOID="SE.V" OrderNumber="1" Mandatory="Yes"/></Protocol>
   <StudyEventDef OID="SE.V" Name="Visit" Repeating="Yes" Type="Scheduled"><FormRef FormOID="F.VS" Mandatory="Yes"/></StudyEventDef>
   <FormDef OID="F.VS" Name="Vital signs" Repeating="No"><ItemGroupRef ItemGroupOID="IG.VS" Mandatory="Yes"/></FormDef>
   <ItemGroupDef OID="IG.VS" Name="VS" Repeating="No">
    <ItemRef ItemOID="I.SPO2" OrderNumber="1" Mandatory="Yes"/><ItemRef ItemOID="I.DEVICE" OrderNumber="2" Mandatory="No"/>
    <ItemRef ItemOID="I.ON" OrderNumber="3" Mandatory="No"/>
   </ItemGroupDef>
   <ItemDef OID="I.SPO2" Name="SpO2" DataType="integer" Length="3">
    <MeasurementUnitRef MeasurementUnitOID="MU.PCT"/>
    <RangeCheck Comparator="LE" SoftHard="Hard"><CheckValue>100</CheckValue></RangeCheck>
   </ItemDef>
   <ItemDef OID="I.DEVICE" Name="Device" DataType="text" Length="4"><CodeListRef CodeListOID="CL.DEVICE"/></ItemDef>
   <ItemDef OID="I.ON" Name="Date" DataType="date"/>
   <CodeList OID="CL.DEVICE" Name="Device" DataType="text">
    <CodeListItem CodedValue="none"><Decode><TranslatedText>none</TranslatedText></Decode></CodeListItem>
    <CodeListItem CodedValue="mask"><Decode><TranslatedText>mask</TranslatedText></Decode></CodeListItem>
   </CodeList>
  </MetaDataVersion>
 </Study>
 <AdminData StudyOID="S.1">
  <User OID="U.1"><LoginName>one</LoginName><FullName>One</FullName><LocationRef LocationOID="L.1"/></User>
  <Location OID="L.1" Name="Site"><MetaDataVersionRef StudyOID="S.1" MetaDataVersionOID="MDV.1" EffectiveDate="2023-02-01"/></Location>
  <SignatureDef OID="SD.1"><Meaning>Approval</Meaning><LegalReason>Responsibility</LegalReason></SignatureDef>
 </AdminData>
"""


def stamp(element: str, at: str, extra: str = "") -> str:
    return (
        f'<{element}><UserRef UserOID="U.1"/><LocationRef LocationOID="L.1"/>{extra}'
        f"<DateTimeStamp>2023-03-01T{at}:00Z</DateTimeStamp></{element}>"
    )


EVENT = '<StudyEventData StudyEventOID="SE.V" StudyEventRepeatKey="1">'
FORM = f'{EVENT}<FormData FormOID="F.VS">'
END = "</FormData></StudyEventData>"
SIGNATURE_REF = '<SignatureRef SignatureOID="SD.1"/>'
SNAPSHOT = f"""<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:v="urn:vendor" ODMVersion="1.3.2" FileType="Snapshot" FileOID="f1"
 CreationDateTime="2023-03-02T08:00:00Z" v:build="7">
{METADATA} <ClinicalData StudyOID="S.1" MetaDataVersionOID="MDV.1">
  <SubjectData SubjectKey="01-001"><SiteRef LocationOID="L.1"/><v:note>passed over <v:deeper/></v:note>
   {FORM}<ItemGroupData ItemGroupOID="IG.VS">
    <ItemData ItemOID="I.SPO2" Value="95"/><ItemData ItemOID="I.DEVICE" Value="mask"/><ItemData ItemOID="I.ON" Value="2023-03-01"/>
   </ItemGroupData>{END}
  </SubjectData>
 </ClinicalData>
</ODM>
"""
TRANSACTIONAL = f"""<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Transactional" Archival="Yes" FileOID="f2"
 CreationDateTime="2023-03-02T08:00:00Z" AsOfDateTime="2023-03-02T07:59:00Z">
{METADATA} <ClinicalData StudyOID="S.1" MetaDataVersionOID="MDV.1">
  <SubjectData SubjectKey="01-001" TransactionType="Insert">{stamp("AuditRecord", "09:00")}
   {FORM}<ItemGroupData ItemGroupOID="IG.VS">
    <ItemData ItemOID="I.SPO2" Value="59" TransactionType="Insert">{stamp("AuditRecord", "09:05")}</ItemData>
    <ItemData ItemOID="I.SPO2" Value="95" TransactionType="Update">{stamp("AuditRecord", "09:06")}</ItemData>
   </ItemGroupData>{END}
  </SubjectData>
  <SubjectData SubjectKey="01-001" TransactionType="Context">
   {FORM}{stamp("Signature", "10:00", SIGNATURE_REF)}{END}
  </SubjectData>
 </ClinicalData>
</ODM>
"""
