"""The check of a record about supply now says whether the whole site is asked about."""

from django.db import migrations

GONE = "DROP FUNCTION IF EXISTS public.sealed_accounting(bigint, boolean)"


class Migration(migrations.Migration):
    dependencies = [("sealed", "0005_supply_by_the_day")]
    operations = [migrations.RunSQL(GONE, migrations.RunSQL.noop)]
