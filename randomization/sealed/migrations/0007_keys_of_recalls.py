"""Foreign keys by SQL, as before."""

from django.db import migrations

KEYS = [
    ("sealed_recall", "site_id", "core_studysite", "id"),
    ("sealed_recall", "access_id", "randomization_accessrecord", "id"),
]


class Migration(migrations.Migration):
    dependencies = [("sealed", "0006_recalls")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column}) REFERENCES {other} ({key})",
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fk",
        )
        for table, column, other, key in KEYS
    ]
