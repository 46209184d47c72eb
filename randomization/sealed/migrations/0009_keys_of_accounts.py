"""Foreign keys by SQL, as before."""

from django.db import migrations

KEYS = [
    (table, column, other)
    for table in ("sealed_pharmacymessage", "sealed_closure")
    for column, other in (
        ("site_id", "core_studysite"),
        ("person_id", "core_staffmember"),
        ("access_id", "randomization_accessrecord"),
    )
]


class Migration(migrations.Migration):
    dependencies = [("sealed", "0008_queries_and_accounts")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column}) REFERENCES {other} (id)",
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fk",
        )
        for table, column, other in KEYS
    ]
