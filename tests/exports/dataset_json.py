"""JSON Schema of Dataset-JSON 1.1, written from the specification."""

TEXT = {"type": "string"}
# Dataset-JSON 1.1: what is required, and what the columns may say.
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2019-09/schema",
    "type": "object",
    "required": [
        "datasetJSONCreationDateTime",
        "datasetJSONVersion",
        "itemGroupOID",
        "records",
        "name",
        "label",
        "columns",
    ],
    "properties": {
        "datasetJSONCreationDateTime": {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$",
        },
        "datasetJSONVersion": {"type": "string", "pattern": r"^1\.1(\.\d+)?$"},
        "fileOID": TEXT,
        "dbLastModifiedDateTime": TEXT,
        "originator": TEXT,
        "sourceSystem": {
            "type": "object",
            "required": ["name", "version"],
            "properties": {"name": TEXT, "version": TEXT},
            "additionalProperties": False,
        },
        "studyOID": TEXT,
        "metaDataVersionOID": TEXT,
        "metaDataRef": TEXT,
        "itemGroupOID": TEXT,
        "isReferenceData": {"type": "boolean"},
        "records": {"type": "integer", "minimum": 0},
        "name": TEXT,
        "label": TEXT,
        "columns": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["itemOID", "name", "label", "dataType"],
                "properties": {
                    "itemOID": TEXT,
                    "name": TEXT,
                    "label": TEXT,
                    "dataType": {
                        "enum": [
                            *(
                                "string",
                                "integer",
                                "decimal",
                                "float",
                                "double",
                                "boolean",
                                "datetime",
                                "date",
                            ),
                            *("time", "URI"),
                        ]
                    },
                    "targetDataType": {"enum": ["integer", "decimal"]},
                    "length": {"type": "integer", "minimum": 1},
                    "displayFormat": TEXT,
                    "keySequence": {"type": "integer", "minimum": 1},
                },
                "additionalProperties": False,
            },
        },
        "rows": {"type": "array", "items": {"type": "array"}},
    },
    "additionalProperties": False,
}
