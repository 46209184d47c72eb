import django.db.models.deletion
import trial_site.exports.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '__first__'),
        ('randomization', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=trial_site.exports.models.new_code, max_length=16, unique=True)),
                ('format', models.CharField(choices=[('csv', 'CSV with a data dictionary (one zip file)'), ('odm-snapshot', 'CDISC ODM-XML 1.3.2, Snapshot'), ('odm-transactional', 'CDISC ODM-XML 1.3.2, Transactional: the whole history'), ('pdf', 'Casebook for archives (PDF)'), ('dataset-json', 'CDISC SDTM tabulations, Dataset-JSON 1.1 with Define-XML 2.1 (one zip file)'), ('derived', 'Derived endpoints (CSV)')], max_length=20, verbose_name='format')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'being written'), ('ready', 'ready'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('gone', 'not kept here')], default='waiting', max_length=10, verbose_name='state')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('asked', models.JSONField()),
                ('sites', models.JSONField(verbose_name='study sites')),
                ('forms', models.JSONField(verbose_name='forms')),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('failure', models.TextField(blank=True, verbose_name='why it failed')),
                ('file_name', models.CharField(blank=True, max_length=100, verbose_name='file')),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('manifest', models.JSONField(default=dict)),
                ('expires_at', models.DateTimeField(null=True, verbose_name='kept until')),
                ('taken', models.PositiveIntegerField(default=0, verbose_name='times handed out')),
                ('access', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='randomization.studyaccess', verbose_name='unblinded by')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
            ],
            options={
                'ordering': ['-made_at', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('format__in', ['csv', 'odm-snapshot', 'odm-transactional', 'pdf', 'dataset-json', 'derived'])), name='export_format_known'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'running', 'ready', 'failed', 'cancelled', 'gone'])), name='export_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['ready', 'gone']), _negated=True), models.Q(models.Q(('sha256', ''), _negated=True), models.Q(('file_name', ''), _negated=True)), _connector='OR'), name='export_finished_has_file')],
            },
        ),
    ]
