import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='DataReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_on', models.DateField(verbose_name='held on')),
                ('conclusions', models.TextField(max_length=2000, verbose_name='conclusions')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Deviation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(max_length=8, verbose_name='form')),
                ('record_id', models.BigIntegerField(verbose_name='record')),
                ('subject', models.CharField(db_index=True, max_length=20, verbose_name='participant')),
                ('field', models.CharField(blank=True, max_length=64, verbose_name='field')),
                ('number', models.CharField(max_length=12, unique=True, verbose_name='number')),
                ('kind', models.CharField(choices=[('consent', 'consent'), ('eligibility', 'eligibility'), ('dosing', 'dosing'), ('product', 'study product'), ('window', 'outside the visit window'), ('missed', 'missed assessment'), ('safety', 'safety reporting'), ('unblinding', 'blinding'), ('other', 'other')], max_length=12, verbose_name='kind')),
                ('grade', models.CharField(choices=[('minor', 'minor'), ('major', 'major')], max_length=6, verbose_name='grade')),
                ('state', models.CharField(choices=[('open', 'open'), ('closed', 'closed')], default='open', max_length=8, verbose_name='state')),
                ('cause', models.CharField(max_length=120, null=True, unique=True)),
                ('text', models.TextField(max_length=1000, verbose_name='what happened')),
                ('occurred_on', models.DateField(verbose_name='happened on')),
                ('raised_at', models.DateTimeField(verbose_name='reported at')),
                ('corrective_action', models.TextField(blank=True, max_length=1000, verbose_name='corrective action')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed at')),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                ('raised_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reported by')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['consent', 'eligibility', 'dosing', 'product', 'window', 'missed', 'safety', 'unblinding', 'other'])), name='deviation_kind_known'), models.CheckConstraint(condition=models.Q(('grade__in', ['minor', 'major'])), name='deviation_grade_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state', 'open')), models.Q(('closed_at__isnull', False), ('state', 'closed'), models.Q(('corrective_action', ''), _negated=True)), _connector='OR'), name='deviation_closed_with_action')],
            },
        ),
        migrations.CreateModel(
            name='Freeze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('record', 'record'), ('visit', 'visit'), ('participant', 'participant'), ('site', 'study site'), ('database', 'database')], max_length=12, verbose_name='covers')),
                ('form', models.CharField(blank=True, max_length=8, verbose_name='form')),
                ('record_id', models.BigIntegerField(null=True, verbose_name='record')),
                ('subject', models.CharField(blank=True, db_index=True, max_length=20, verbose_name='participant')),
                ('placed_at', models.DateTimeField(verbose_name='since')),
                ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted at')),
                ('lift_reason', models.TextField(blank=True, max_length=500, verbose_name='why lifted')),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
                ('lifted_with', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='second person')),
                ('placed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('scope', 'form', 'record_id', 'subject', 'site'), name='freeze_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('lifted_at', None), models.Q(('lifted_by__isnull', False), models.Q(('lift_reason', ''), _negated=True)), _connector='OR'), name='freeze_lifted_with_reason'), models.CheckConstraint(condition=models.Q(models.Q(('scope', 'database'), _negated=True), ('lifted_at', None), models.Q(('lifted_with__isnull', False), models.Q(('lifted_with', models.F('lifted_by')), _negated=True)), _connector='OR'), name='database_unlocked_by_two')],
            },
        ),
        migrations.CreateModel(
            name='HiddenText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=63)),
                ('record_id', models.BigIntegerField(verbose_name='record')),
                ('column', models.CharField(max_length=63, verbose_name='field')),
                ('subject', models.CharField(db_index=True, max_length=20, verbose_name='participant')),
                ('upto', models.BigIntegerField(null=True)),
                ('reported_at', models.DateTimeField(verbose_name='reported at')),
                ('deviation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='monitoring.deviation', verbose_name='deviation')),
                ('reported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reported by')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['table', 'record_id'], name='hidden_text_of_record')],
            },
        ),
        migrations.CreateModel(
            name='Query',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(max_length=8, verbose_name='form')),
                ('record_id', models.BigIntegerField(verbose_name='record')),
                ('subject', models.CharField(db_index=True, max_length=20, verbose_name='participant')),
                ('field', models.CharField(blank=True, max_length=64, verbose_name='field')),
                ('number', models.CharField(max_length=12, unique=True, verbose_name='number')),
                ('origin', models.CharField(choices=[('check', 'edit check'), ('person', 'person')], max_length=8, verbose_name='opened by')),
                ('state', models.CharField(choices=[('open', 'open'), ('answered', 'answered'), ('closed', 'closed'), ('cancelled', 'cancelled')], default='open', max_length=10, verbose_name='state')),
                ('opened_at', models.DateTimeField(verbose_name='opened at')),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'site'], name='query_by_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'answered', 'closed', 'cancelled'])), name='query_state_known')],
            },
        ),
        migrations.CreateModel(
            name='QueryMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(max_length=1000, verbose_name='text')),
                ('written_at', models.DateTimeField(verbose_name='written at')),
                ('state', models.CharField(choices=[('open', 'open'), ('answered', 'answered'), ('closed', 'closed'), ('cancelled', 'cancelled')], max_length=10, verbose_name='state')),
                ('query', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='monitoring.query', verbose_name='query')),
                ('written_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(max_length=8, verbose_name='form')),
                ('record_id', models.BigIntegerField(verbose_name='record')),
                ('subject', models.CharField(db_index=True, max_length=20, verbose_name='participant')),
                ('field', models.CharField(blank=True, max_length=64, verbose_name='field')),
                ('scope', models.CharField(choices=[('record', 'record'), ('visit', 'visit'), ('participant', 'participant'), ('site', 'study site'), ('database', 'database')], default='record', max_length=12, verbose_name='covers')),
                ('meaning', models.CharField(choices=[('eligible', 'I confirm that this participant is eligible'), ('screen_failure', 'I confirm the screen failure'), ('order', 'I have re-checked the participant and order the infusion'), ('reviewed', 'I have reviewed these data; to my knowledge they are complete and accurate'), ('past_infusion', 'I confirm what was done and the departures from the protocol'), ('unblinding', 'I have assessed the impact of this code break')], max_length=20, verbose_name='meaning')),
                ('signer_name', models.CharField(max_length=120, verbose_name='signed by')),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
                ('content_sha256', models.CharField(max_length=64, verbose_name='SHA-256 of what was signed')),
                ('as_of', models.BigIntegerField(null=True)),
                ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signer')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'indexes': [models.Index(fields=['form', 'record_id'], name='signature_of_record')],
            },
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(max_length=8, verbose_name='form')),
                ('record_id', models.BigIntegerField(verbose_name='record')),
                ('subject', models.CharField(db_index=True, max_length=20, verbose_name='participant')),
                ('field', models.CharField(blank=True, max_length=64, verbose_name='field')),
                ('verified', models.BooleanField(verbose_name='agrees with the source')),
                ('as_of', models.BigIntegerField()),
                ('verified_at', models.DateTimeField(verbose_name='verified at')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
                ('verified_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='verified by')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['subject', 'form', 'record_id'], name='verification_of_subject')],
            },
        ),
        migrations.CreateModel(
            name='AnalysisSets',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=20, unique=True, verbose_name='participant')),
                ('full_analysis', models.BooleanField(verbose_name='full analysis set (intention to treat)')),
                ('per_protocol', models.BooleanField(verbose_name='per-protocol set')),
                ('safety', models.BooleanField(verbose_name='safety set')),
                ('why', models.CharField(blank=True, max_length=300, verbose_name='why excluded from a set')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'ordering': ['subject'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('full_analysis', True), ('per_protocol', True), ('safety', True)), models.Q(('why', ''), _negated=True), _connector='OR'), name='analysis_sets_exclusion_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='AuditReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(verbose_name='first day reviewed')),
                ('until', models.DateField(verbose_name='last day reviewed')),
                ('findings', models.TextField(max_length=2000, verbose_name='findings')),
                ('seal', models.BigIntegerField(null=True, verbose_name='last seal')),
                ('reviewed_at', models.DateTimeField(verbose_name='reviewed at')),
                ('reviewed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='audit_review_ends_after_start')],
            },
        ),
    ]
