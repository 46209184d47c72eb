"""The ledger says which kit fills a bag. The bags of before keep their number, which is that of their first kit."""

from django.db import migrations, models

FILLED = """
ALTER TABLE sealed_movement DISABLE TRIGGER USER;
UPDATE sealed_movement m SET bag = coalesce(
    (SELECT s.bag FROM sealed_substitution s WHERE s.kit_number = m.kit_number), m.kit_number)
 WHERE m.step = 'assigned';
ALTER TABLE sealed_movement ENABLE TRIGGER USER;
"""
# What they return, or are, has changed. And no foreign key looks up a single kit.
GONE = """
DROP FUNCTION IF EXISTS public.sealed_stock(bigint), public.sealed_is_recent(timestamptz);
ALTER TABLE sealed_preparation DROP CONSTRAINT sealed_preparation_kit_number_fk;
"""


class Migration(migrations.Migration):
    dependencies = [("sealed", "0006_one_shipment")]
    operations = [
        migrations.RenameField(model_name="binding", old_name="kit_number", new_name="bag"),
        migrations.RenameField(model_name="secondbinding", old_name="kit_number", new_name="bag"),
        migrations.AddField(
            model_name="movement",
            name="bag",
            field=models.CharField(blank=True, db_default="", max_length=12),
        ),
        migrations.RunSQL(FILLED, migrations.RunSQL.noop),
        migrations.DeleteModel(name="Substitution"),
        migrations.RunSQL(GONE, migrations.RunSQL.noop),
    ]
