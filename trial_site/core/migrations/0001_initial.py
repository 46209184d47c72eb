import django.db.models.deletion
import trial_site.core.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='StudySite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=4, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('zone', models.CharField(max_length=64, validators=[trial_site.core.models.validate_zone], verbose_name='time zone')),
                ('recruiting', models.BooleanField(default=True, verbose_name='recruiting')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='StaffMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                ('full_name', models.CharField(max_length=120, verbose_name='name')),
                ('role', models.CharField(choices=[('principal_investigator', 'Principal investigator'), ('investigator', 'Investigator'), ('coordinator', 'Site coordinator'), ('nurse', 'Study nurse'), ('pharmacist', 'Pharmacist (unblinded)'), ('assessor', 'Blinded assessor'), ('ct_reader', 'CT reader'), ('monitor', 'Monitor'), ('unblinded_monitor', 'Unblinded monitor'), ('data_manager', 'Data manager'), ('statistician', 'Statistician'), ('unblinded_statistician', 'Unblinded statistician'), ('medical_monitor', 'Medical monitor'), ('safety_officer', 'Safety officer'), ('inspector', 'Inspector (read only)'), ('administrator', 'Administrator')], max_length=32, verbose_name='role')),
                ('language', models.CharField(default='en', max_length=10, verbose_name='language')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('password_asked_at', models.DateTimeField(blank=True, null=True, verbose_name='asked to choose a password')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['principal_investigator', 'investigator', 'coordinator', 'nurse', 'pharmacist', 'assessor', 'ct_reader', 'monitor', 'unblinded_monitor', 'data_manager', 'statistician', 'unblinded_statistician', 'medical_monitor', 'safety_officer', 'inspector', 'administrator'])), name='staff_role_known')],
            },
        ),
        migrations.CreateModel(
            name='Occurrence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('signed_in', 'signed in'), ('signed_out', 'signed out'), ('wrong_password', 'wrong password at sign-in'), ('sign_in_refused', 'sign-in refused'), ('password_changed', 'password changed'), ('wrong_signature', 'wrong password at signing'), ('trail_copied', 'copy of the audit trail taken')], max_length=20, verbose_name='what')),
                ('unknown', models.CharField(blank=True, max_length=16, verbose_name='unknown address')),
                ('detail', models.TextField(blank=True, max_length=500, verbose_name='detail')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['signed_in', 'signed_out', 'wrong_password', 'sign_in_refused', 'password_changed', 'wrong_signature', 'trail_copied'])), name='occurrence_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('randomization', 'randomization'), ('infusion', 'infusion')], max_length=16, verbose_name='what is paused')),
                ('decided_by', models.CharField(choices=[('principal_investigator', 'Principal investigator'), ('medical_monitor', 'Medical monitor'), ('dsmb', 'Data and safety monitoring board')], max_length=24, verbose_name='decided by')),
                ('paused_at', models.DateTimeField(verbose_name='paused at')),
                ('resumed_at', models.DateTimeField(null=True, verbose_name='resumed at')),
                ('resume_reason', models.CharField(blank=True, max_length=300, verbose_name='reason for resuming')),
                ('paused_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('resumed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='resumed by')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('resumed_at', None)), fields=('what', 'site'), name='paused_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('what__in', ['randomization', 'infusion'])), name='pause_of_something'), models.CheckConstraint(condition=models.Q(models.Q(('resumed_at', None), ('resumed_by', None)), models.Q(('resumed_at__isnull', False), ('resumed_by__isnull', False), models.Q(('resume_reason', ''), _negated=True)), _connector='OR'), name='pause_resumed_with_reason')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('on', models.DateField()),
                ('count', models.PositiveIntegerField(default=1)),
                ('state', models.CharField(choices=[('planned', 'planned'), ('claimed', 'being sent'), ('sent', 'sent'), ('uncertain', 'may have been sent'), ('failed', 'failed'), ('dropped', 'not sent any more')], default='planned', max_length=12)),
                ('planned_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField()),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'next_attempt_at'], name='notice_due')],
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(choices=[('screen', 'Log and screen participants'), ('keep_identities', 'Keep the identification log'), ('obtain_consent', 'Obtain informed consent'), ('assess_eligibility', 'Assess and sign eligibility'), ('schedule_infusion', 'Reserve infusion slots'), ('randomize', 'Randomize'), ('order_infusion', 'Sign the day-0 re-check and order the infusion'), ('manage_supply', 'Receive, release and account for kits (unblinded)'), ('monitor_supply', 'Monitor supply and accountability (unblinded)'), ('prepare_product', 'Prepare and release the product (unblinded)'), ('infuse', 'Give the infusion'), ('break_code', 'Break the code of a participant'), ('pause_study', 'Pause randomization or infusion'), ('assess_outcomes', 'Assess outcomes (blinded)'), ('record_laboratory', 'Record laboratory results'), ('judge_laboratory', 'Judge results out of range'), ('read_ct', 'Read chest CT for the endpoint'), ('record_safety', 'Record adverse events'), ('assess_causality', 'Judge causality of adverse events'), ('assess_susar', 'Assess serious events for expedited reporting'), ('view_casebook', 'Read case report forms'), ('raise_query', 'Raise and close queries'), ('answer_query', 'Answer queries'), ('raise_deviation', 'Report protocol deviations'), ('close_deviation', 'Close deviations with a corrective action'), ('verify_source', 'Verify source data'), ('sign_casebook', 'Sign case report forms'), ('freeze', 'Freeze records, visits and participants'), ('lock', 'Lock sites and the database'), ('unblind_study', 'Unblind the study after database lock'), ('report_closed', 'Prepare closed reports for the DSMB (unblinded)'), ('export', 'Export case report forms (blinded)'), ('view_audit', 'Read the audit trail'), ('review_audit', 'Record reviews of the audit trail'), ('sign_delegation', 'Sign the delegation log'), ('administer', 'Manage staff and sites')], max_length=32, verbose_name='task')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='to')),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(help_text='Empty: every study site.', null=True, on_delete=django.db.models.deletion.PROTECT, to='core.studysite')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('staff', 'task', 'site', 'starts_at'), name='delegation_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='delegation_ends_after_start'), models.CheckConstraint(condition=models.Q(('task__in', ['screen', 'keep_identities', 'obtain_consent', 'assess_eligibility', 'schedule_infusion', 'randomize', 'order_infusion', 'manage_supply', 'monitor_supply', 'prepare_product', 'infuse', 'break_code', 'pause_study', 'assess_outcomes', 'record_laboratory', 'judge_laboratory', 'read_ct', 'record_safety', 'assess_causality', 'assess_susar', 'view_casebook', 'raise_query', 'answer_query', 'raise_deviation', 'close_deviation', 'verify_source', 'sign_casebook', 'freeze', 'lock', 'unblind_study', 'report_closed', 'export', 'view_audit', 'review_audit', 'sign_delegation', 'administer'])), name='delegation_task_known')],
            },
        ),
    ]
