"""Two functions that counted the shelf after each kit; `sealed_left` counts it by the day."""

from django.db import migrations

GONE = """
DROP FUNCTION IF EXISTS public.sealed_stocked(bigint, integer), public.sealed_known_stocked(bigint, integer)
"""


class Migration(migrations.Migration):
    dependencies = [("sealed", "0004_nothing_counts")]
    operations = [migrations.RunSQL(GONE, migrations.RunSQL.noop)]
