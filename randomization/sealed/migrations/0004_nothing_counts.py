"""What an attacker counted: marks that checking a foreign key leaves on open rows, bytes that compressing saves when
two texts are alike, estimates of how many rows a table has."""

from django.db import migrations, models

CHECKED = ("core_studysite", "core_staffmember", "randomization_accessrecord")
DROP_KEYS = f"""
DO $$
DECLARE
    key record;
BEGIN
    FOR key IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
                WHERE contype = 'f' AND conrelid::regclass::text LIKE 'sealed\\_%'
                  AND confrelid::regclass::text IN {CHECKED} LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.owner, key.conname);
    END LOOP;
END $$
"""  # noqa: S608
PLAIN = """
ALTER TABLE sealed_event ALTER COLUMN old SET STORAGE EXTERNAL, ALTER COLUMN new SET STORAGE EXTERNAL
"""
UNCOUNTED = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relname LIKE 'sealed\\_%'
                   AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("sealed", "0003_a_step_without_a_person")]
    operations = [
        migrations.CreateModel(
            name="Looking",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("kind", models.CharField(max_length=8)),
                ("record_id", models.BigIntegerField()),
                ("session", models.CharField(max_length=80)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddConstraint(
            model_name="looking",
            constraint=models.UniqueConstraint(fields=("kind", "record_id"), name="looking_once"),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(("cause__in", ["sterility", "donor", "lot", "storage"])),
                name="recall_cause_known",
            ),
        ),
        migrations.RunSQL(DROP_KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(PLAIN, migrations.RunSQL.noop),
        migrations.RunSQL(UNCOUNTED, migrations.RunSQL.noop),
    ]
