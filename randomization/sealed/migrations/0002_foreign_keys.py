"""Foreign keys by SQL: the ORM knows no path into the sealed room (ADR 2). And the place of a kit at a fixed width."""

from django.db import migrations

SITE, STAFF = "core_studysite", "core_staffmember"
ACCESS = "randomization_accessrecord"
# None from a binding or a movement to its kit: looking that one row up would count the rows before it in the
# statistics views, and after a change of a whole lot the position of a row follows the arm.
KEYS = [
    ("sealed_binding", "request_id", "randomization_randomizationrequest", "id"),
    ("sealed_binding", "place", "sealed_place", "place"),
    ("sealed_preparation", "kit_number", "sealed_kitcontent", "number"),
    ("sealed_preparation", "access_id", ACCESS, "id"),
    ("sealed_preparation", "checked_by_id", STAFF, "id"),
    ("sealed_shipment", "site_id", SITE, "id"),
    ("sealed_movement", "person_id", STAFF, "id"),
    ("sealed_movement", "second_person_id", STAFF, "id"),
    ("sealed_movement", "access_id", ACCESS, "id"),
    ("sealed_secondbinding", "request_id", "randomization_kitrequest", "id"),
    ("sealed_substitution", "access_id", ACCESS, "id"),
    ("sealed_hold", "site_id", SITE, "id"),
    ("sealed_hold", "access_id", ACCESS, "id"),
    ("sealed_recall", "site_id", SITE, "id"),
    ("sealed_recall", "access_id", ACCESS, "id"),
    ("sealed_pharmacymessage", "site_id", SITE, "id"),
    ("sealed_pharmacymessage", "person_id", STAFF, "id"),
    ("sealed_pharmacymessage", "access_id", ACCESS, "id"),
    ("sealed_closure", "site_id", SITE, "id"),
    ("sealed_closure", "person_id", STAFF, "id"),
    ("sealed_closure", "access_id", ACCESS, "id"),
]


class Migration(migrations.Migration):
    dependencies = [("sealed", "0001_initial"), ("randomization", "0001_initial"), ("core", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column}) REFERENCES {other} ({key})",
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fk",
        )
        for table, column, other, key in KEYS
    ] + [
        # Whoever records a step is shown how many bytes of the log it took, and these places differ in length.
        migrations.RunSQL(
            "ALTER TABLE sealed_movement ALTER COLUMN place TYPE char(12)",
            "ALTER TABLE sealed_movement ALTER COLUMN place TYPE varchar(12)",
        )
    ]
