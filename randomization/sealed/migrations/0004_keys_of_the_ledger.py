"""Foreign keys by SQL, as before; and functions whose answer has another shape now make way for their successors."""

from django.db import migrations

# None from a movement to its kit, for the reason given in 0002.
KEYS = [
    ("sealed_shipment", "site_id", "core_studysite", "id"),
    ("sealed_movement", "person_id", "core_staffmember", "id"),
    ("sealed_movement", "second_person_id", "core_staffmember", "id"),
    ("sealed_movement", "access_id", "randomization_accessrecord", "id"),
    ("sealed_secondbinding", "request_id", "randomization_kitrequest", "id"),
    ("sealed_substitution", "access_id", "randomization_accessrecord", "id"),
    ("sealed_hold", "site_id", "core_studysite", "id"),
    ("sealed_hold", "access_id", "randomization_accessrecord", "id"),
]
CHANGED = (
    "sealed_allocate(bigint)",
    "sealed_shelf()",
    "sealed_supply_open()",
    "sealed_kits_of(bigint)",
    "sealed_disclose(bigint)",
)


class Migration(migrations.Migration):
    dependencies = [("sealed", "0003_ledger_of_kits"), ("randomization", "0003_second_kits"), ("core", "0001_initial")]
    operations = [
        migrations.RunSQL(f"DROP FUNCTION IF EXISTS public.{function}", migrations.RunSQL.noop)
        for function in CHANGED
    ] + [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column}) REFERENCES {other} ({key})",
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fk",
        )
        for table, column, other, key in KEYS
    ]
