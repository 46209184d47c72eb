"""Foreign keys by SQL: the ORM knows no path into the sealed room (ADR 2)."""

from django.db import migrations

# None from a binding to its kit: looking that one row up would count the rows before it in the statistics views,
# and after a change of a whole lot the position of a row follows the arm.
KEYS = [
    ("sealed_binding", "request_id", "randomization_randomizationrequest", "id"),
    ("sealed_binding", "place", "sealed_place", "place"),
    ("sealed_preparation", "kit_number", "sealed_kitcontent", "number"),
    ("sealed_preparation", "access_id", "randomization_accessrecord", "id"),
    ("sealed_preparation", "checked_by_id", "core_staffmember", "id"),
]


class Migration(migrations.Migration):
    dependencies = [("sealed", "0001_initial"), ("randomization", "0001_initial"), ("core", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column}) REFERENCES {other} ({key})",
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fk",
        )
        for table, column, other, key in KEYS
    ]
