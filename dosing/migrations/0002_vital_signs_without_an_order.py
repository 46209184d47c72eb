import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dosing", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="infusionvitals",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="vitals",
                to="dosing.infusionorder",
            ),
        ),
        migrations.AddField(
            model_name="infusionvitals",
            name="infusion",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="vitals",
                to="dosing.infusion",
            ),
        ),
        migrations.AddField(
            model_name="infusionvitals",
            name="entered_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="entered at"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="infusionvitals",
            constraint=models.UniqueConstraint(
                fields=("infusion", "time_point"), name="infusion_vitals_once_afterwards"
            ),
        ),
        migrations.AddConstraint(
            model_name="infusionvitals",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("infusion__isnull", False), ("order", None)),
                    models.Q(("infusion", None), ("order__isnull", False)),
                    _connector="OR",
                ),
                name="iv_of_order_or_infusion",
            ),
        ),
    ]
