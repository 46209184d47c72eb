import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('enrollment', '0001_initial'),
        ('monitoring', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AllocationCommitment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('places', models.PositiveIntegerField()),
                ('generator', models.CharField(max_length=40)),
                ('loaded_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='AccessRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shipment', models.CharField(blank=True, db_default='', max_length=12, verbose_name='shipment')),
                ('purpose', models.CharField(choices=[('prepare', 'Prepare the product'), ('code_break', 'Break the code'), ('supply', 'Account for kits')], max_length=12, verbose_name='purpose')),
                ('why', models.TextField(max_length=500, verbose_name='reason')),
                ('tx', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.studysite')),
                ('subject', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.subject')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('shipment', ''), ('site', None), ('subject__isnull', False), models.Q(('purpose', 'supply'), _negated=True)), models.Q(('purpose', 'supply'), ('site__isnull', False), ('subject', None)), _connector='OR'), name='access_names_participant_or_site')],
            },
        ),
        migrations.CreateModel(
            name='CodeBreak',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(choices=[('emergency', 'emergency'), ('susar', 'suspected unexpected serious adverse reaction'), ('inadvertent', 'inadvertent'), ('planned', 'planned')], max_length=12, verbose_name='category')),
                ('why', models.TextField(max_length=500, verbose_name='reason')),
                ('broken_at', models.DateTimeField(verbose_name='code broken at')),
                ('letter', models.CharField(blank=True, max_length=12, verbose_name='sealed letter opened')),
                ('access', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='randomization.accessrecord')),
                ('broken_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='code broken by')),
                ('second_person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='second person')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='code_breaks', to='enrollment.subject')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('category__in', ['emergency', 'susar', 'inadvertent', 'planned'])), name='code_break_category_known'), models.CheckConstraint(condition=models.Q(models.Q(('category', 'planned'), _negated=True), ('second_person__isnull', False), ('access', None), _connector='OR'), name='code_break_planned_by_two'), models.CheckConstraint(condition=models.Q(('second_person', None), models.Q(('second_person', models.F('broken_by')), _negated=True), _connector='OR'), name='code_break_second_is_another'), models.CheckConstraint(condition=models.Q(models.Q(('access__isnull', False), ('letter', '')), models.Q(('access', None), models.Q(('letter', ''), _negated=True)), _connector='OR'), name='code_break_by_page_or_letter')],
            },
        ),
        migrations.CreateModel(
            name='ImpactAssessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('learned', models.TextField(max_length=1000, verbose_name='who learned what')),
                ('consequences', models.TextField(max_length=1000, verbose_name='consequences for the participant and the study')),
                ('assessed_at', models.DateTimeField(verbose_name='assessed at')),
                ('assessed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='assessed by')),
                ('code_break', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='impact', to='randomization.codebreak')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.subject')),
            ],
        ),
        migrations.CreateModel(
            name='Kit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=12, unique=True, verbose_name='kit number')),
                ('assigned_at', models.DateTimeField(verbose_name='assigned at')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kits', to='enrollment.subject')),
            ],
        ),
        migrations.CreateModel(
            name='KitRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(choices=[('bag', 'bag or line damaged or unusable'), ('attempt', 'new attempt inside the infusion window')], max_length=12, verbose_name='reason')),
                ('tx', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('replaces', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='replacement_request', to='randomization.kit')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.subject')),
            ],
        ),
        migrations.CreateModel(
            name='LetterCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occasion', models.CharField(choices=[('visit', 'monitoring visit'), ('close_out', 'close-out')], max_length=12, verbose_name='occasion')),
                ('intact', models.PositiveIntegerField(verbose_name='letters with an intact seal')),
                ('opened', models.PositiveIntegerField(verbose_name='opened letters')),
                ('expected_opened', models.PositiveIntegerField(verbose_name='letters entered as opened')),
                ('comment', models.TextField(blank=True, max_length=500, verbose_name='comment')),
                ('counted_at', models.DateTimeField(verbose_name='counted at')),
                ('counted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='counted by')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite', verbose_name='study site')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('opened', models.F('expected_opened')), models.Q(('comment', ''), _negated=True), _connector='OR'), name='letter_count_difference_explained')],
            },
        ),
        migrations.CreateModel(
            name='LetterPrint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('letters', models.PositiveIntegerField(verbose_name='letters')),
                ('printed_at', models.DateTimeField(verbose_name='printed at')),
                ('printed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='printed by')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Randomization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=12, unique=True, verbose_name='randomization number')),
                ('randomized_at', models.DateTimeField(verbose_name='randomized at')),
                ('randomized_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='enrollment.subject')),
            ],
        ),
        migrations.AddField(
            model_name='kit',
            name='randomization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kits', to='randomization.randomization'),
        ),
        migrations.CreateModel(
            name='RandomizationRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('randomized_at', models.DateTimeField()),
                ('strata', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                ('place', models.PositiveIntegerField(default=0, unique=True)),
                ('tx', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='enrollment.subject')),
            ],
        ),
        migrations.CreateModel(
            name='RandomizedInError',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.TextField(max_length=500, verbose_name='why it was an error')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='randomized_in_error', to='enrollment.subject')),
            ],
        ),
        migrations.CreateModel(
            name='StudyUnblinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tx', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('lock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.freeze')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('second_person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('lock',), name='unblinded_once_per_lock'), models.CheckConstraint(condition=models.Q(('second_person', models.F('person')), _negated=True), name='unblinded_by_two')],
            },
        ),
        migrations.CreateModel(
            name='StudyAccess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.TextField(max_length=500, verbose_name='reason')),
                ('tx', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unblinding', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='randomization.studyunblinding')),
            ],
        ),
        migrations.CreateModel(
            name='UnblindedPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('code_break', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='unblinded', to='randomization.codebreak')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.subject')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'subject'), name='unblinded_once_per_participant')],
            },
        ),
    ]
