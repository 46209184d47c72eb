import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('enrollment', '0001_initial'),
        ('randomization', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='InfusionOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('missing', models.JSONField(blank=True, default=dict, verbose_name='reasons for missing values')),
                ('state', models.CharField(choices=[('ordered', 'ordered'), ('released', 'ready'), ('handed_over', 'at the bedside'), ('started', 'infusion running'), ('finished', 'finished'), ('cancelled', 'cancelled')], default='ordered', max_length=12, verbose_name='state')),
                ('ordered_at', models.DateTimeField(verbose_name='ordered at')),
                ('rechecked_at', models.DateTimeField(verbose_name='re-checked at')),
                ('consent_stands', models.BooleanField(verbose_name='consent stands')),
                ('still_moderate', models.BooleanField(verbose_name='not severe or critical')),
                ('no_new_exclusion', models.BooleanField(verbose_name='no new exclusion criterion')),
                ('weight_kg', models.DecimalField(decimal_places=1, max_digits=4, verbose_name='body weight, day 0 or −1')),
                ('weight_measured_on', models.DateField(verbose_name='weight measured on')),
                ('temperature_c', models.DecimalField(decimal_places=1, max_digits=3, verbose_name='body temperature')),
                ('respiratory_rate', models.PositiveSmallIntegerField(verbose_name='respiratory rate')),
                ('spo2_percent', models.PositiveSmallIntegerField(verbose_name='oxygen saturation (SpO₂)')),
                ('oxygen_device', models.CharField(choices=[('none', 'none (room air)'), ('nasal_cannula', 'nasal cannula'), ('mask', 'mask'), ('high_flow', 'high-flow oxygen'), ('non_invasive', 'non-invasive ventilation'), ('invasive', 'invasive ventilation')], max_length=20, verbose_name='oxygen support')),
                ('oxygen_reason', models.CharField(blank=True, max_length=300, verbose_name='newly on oxygen: why still a moderate case')),
                ('recheck_version', models.CharField(default='1', max_length=16, verbose_name='version of the re-check list')),
                ('kit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='randomization.kit', verbose_name='kit')),
                ('ordered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ordered by')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='enrollment.subject', verbose_name='participant')),
            ],
        ),
        migrations.CreateModel(
            name='Infusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('missing', models.JSONField(blank=True, default=dict, verbose_name='reasons for missing values')),
                ('participant_code', models.CharField(max_length=20, verbose_name='participant number, read at the bedside')),
                ('bag_code', models.CharField(max_length=12, verbose_name='kit number, read from the bag')),
                ('started_at', models.DateTimeField(verbose_name='start')),
                ('stopped_at', models.DateTimeField(null=True, verbose_name='stop')),
                ('volume_ml', models.DecimalField(decimal_places=1, max_digits=5, null=True, verbose_name='volume given')),
                ('incomplete_reason', models.CharField(blank=True, max_length=300, verbose_name='why not given in full')),
                ('blind_kept', models.BooleanField(null=True, verbose_name='blind kept')),
                ('entered_at', models.DateTimeField(verbose_name='entered at')),
                ('why_late', models.CharField(blank=True, max_length=300, verbose_name='why it was recorded afterwards')),
                ('paper_source', models.CharField(blank=True, max_length=120, verbose_name='paper source')),
                ('departures', models.JSONField(default=list, verbose_name='departures from the protocol')),
                ('identified_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='identified by')),
                ('second_person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='second person')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='enrollment.subject', verbose_name='participant')),
                ('order', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to='dosing.infusionorder')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('identified_by', models.F('second_person')), _negated=True), name='infusion_two_people'), models.CheckConstraint(condition=models.Q(('stopped_at', None), ('stopped_at__gte', models.Func(models.Value('minute'), models.F('started_at'), models.Value('UTC'), function='date_trunc', output_field=models.DateTimeField())), _connector='OR'), name='infusion_stops_after_start'), models.CheckConstraint(condition=models.Q(('volume_ml', None), models.Q(('volume_ml__gte', 0), ('volume_ml__lte', 500)), _connector='OR'), name='infusion_volume_possible'), models.CheckConstraint(condition=models.Q(models.Q(('departures', []), ('entered_at', models.F('started_at')), ('order__isnull', False), ('why_late', '')), models.Q(models.Q(('why_late', ''), _negated=True), models.Q(('paper_source', ''), _negated=True), models.Q(('departures', []), _negated=True)), _connector='OR'), name='infusion_now_or_afterwards'), models.CheckConstraint(condition=models.Q(models.Q(('why_late', ''), _negated=True), ('second_person__isnull', False), _connector='OR'), name='infusion_now_by_two')],
            },
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('handed_over_at', models.DateTimeField(verbose_name='handed over at')),
                ('bag_code', models.CharField(max_length=12, verbose_name='number on the bag')),
                ('sleeve_intact', models.BooleanField(verbose_name='sleeve over the bag intact')),
                ('line_intact', models.BooleanField(verbose_name='line covered and intact')),
                ('handed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='handed over by')),
                ('received_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='received by')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.subject')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='dosing.infusionorder')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('line_intact', True), ('sleeve_intact', True)), name='handover_covered')],
            },
        ),
        migrations.CreateModel(
            name='BagReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('returned_at', models.DateTimeField(verbose_name='back in the pharmacy at')),
                ('bag_code', models.CharField(max_length=12, verbose_name='number on the bag')),
                ('covered', models.BooleanField(verbose_name='sleeve over bag and line intact')),
                ('brought_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='brought by')),
                ('received_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='received by')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.subject')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='dosing.infusionorder')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('brought_by', models.F('received_by')), _negated=True), name='return_two_people')],
            },
        ),
        migrations.CreateModel(
            name='InfusionReaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('missing', models.JSONField(blank=True, default=dict, verbose_name='reasons for missing values')),
                ('term', models.CharField(max_length=200, verbose_name='what was seen')),
                ('grade', models.PositiveSmallIntegerField(choices=[(1, '1 mild'), (2, '2 moderate'), (3, '3 severe'), (4, '4 life-threatening'), (5, '5 fatal')], verbose_name='CTCAE grade')),
                ('began_at', models.DateTimeField(verbose_name='began at')),
                ('response', models.CharField(choices=[('none', 'none'), ('slowed', 'infusion slowed'), ('interrupted', 'infusion interrupted'), ('stopped', 'infusion stopped'), ('treated', 'treated with medication')], max_length=12, verbose_name='what was done')),
                ('infusion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reactions', to='dosing.infusion')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='enrollment.subject', verbose_name='participant')),
            ],
            options={
                'ordering': ['began_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('grade__in', [1, 2, 3, 4, 5])), name='reaction_grade_known')],
            },
        ),
        migrations.CreateModel(
            name='InfusionSlot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='planned start')),
                ('on', models.DateField(verbose_name='day')),
                ('first_day', models.DateField(verbose_name='first day of the window')),
                ('last_day', models.DateField(verbose_name='last day of the window')),
                ('state', models.CharField(choices=[('reserved', 'reserved'), ('cancelled', 'cancelled'), ('used', 'used')], default='reserved', max_length=10, verbose_name='state')),
                ('cancelled_at', models.DateTimeField(null=True, verbose_name='cancelled at')),
                ('cancel_reason', models.CharField(blank=True, max_length=300, verbose_name='why cancelled')),
                ('reserved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.studysite')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='enrollment.subject')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('site', 'starts_at'), name='slot_taken_once'), models.UniqueConstraint(condition=models.Q(('state', 'reserved')), fields=('subject',), name='slot_one_per_subject'), models.CheckConstraint(condition=models.Q(('on__gte', models.F('first_day')), ('on__lte', models.F('last_day'))), name='slot_inside_window')],
            },
        ),
        migrations.AddField(
            model_name='infusionorder',
            name='slot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='dosing.infusionslot'),
        ),
        migrations.CreateModel(
            name='InfusionUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('first_hour', models.PositiveSmallIntegerField(default=8, verbose_name='first hour at which an infusion may begin')),
                ('last_hour', models.PositiveSmallIntegerField(default=16, verbose_name='last hour at which an infusion may begin')),
                ('capacity', models.PositiveSmallIntegerField(default=4, verbose_name='infusions on one day')),
                ('lead_minutes', models.PositiveSmallIntegerField(default=120, verbose_name='minutes the pharmacy needs before an infusion')),
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='infusion_unit', to='core.studysite')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('first_hour__lte', models.F('last_hour')), ('last_hour__lte', 23)), name='unit_hours_of_a_day'), models.CheckConstraint(condition=models.Q(('capacity__gte', 1)), name='unit_gives_infusions')],
            },
        ),
        migrations.CreateModel(
            name='InfusionVitals',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('missing', models.JSONField(blank=True, default=dict, verbose_name='reasons for missing values')),
                ('time_point', models.CharField(choices=[('00', 'before the infusion'), ('01', '15 minutes after start'), ('02', '30 minutes after start'), ('03', '60 minutes after start'), ('04', 'end of infusion'), ('05', '30 minutes after the end'), ('06', '1 hour after the end'), ('07', '2 hours after the end'), ('08', '4 hours after the end'), ('09', '6 hours after the end'), ('10', '24 hours after the end')], max_length=2, verbose_name='time point')),
                ('measured_at', models.DateTimeField(verbose_name='measured at')),
                ('temperature_c', models.DecimalField(decimal_places=1, max_digits=3, null=True, verbose_name='body temperature')),
                ('heart_rate', models.PositiveSmallIntegerField(null=True, verbose_name='heart rate')),
                ('respiratory_rate', models.PositiveSmallIntegerField(null=True, verbose_name='respiratory rate')),
                ('systolic_mmhg', models.PositiveSmallIntegerField(null=True, verbose_name='systolic blood pressure')),
                ('diastolic_mmhg', models.PositiveSmallIntegerField(null=True, verbose_name='diastolic blood pressure')),
                ('spo2_percent', models.PositiveSmallIntegerField(null=True, verbose_name='oxygen saturation (SpO₂)')),
                ('events', models.CharField(blank=True, choices=[('nothing', 'nothing new'), ('recorded', 'yes, recorded as a reaction or an adverse event')], max_length=8, verbose_name='adverse events since the infusion')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vitals', to='dosing.infusionorder')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='enrollment.subject', verbose_name='participant')),
            ],
            options={
                'ordering': ['time_point'],
                'constraints': [models.UniqueConstraint(fields=('order', 'time_point'), name='infusion_vitals_once'), models.CheckConstraint(condition=models.Q(('temperature_c', None), ('temperature_c__range', (Decimal('25'), Decimal('45'))), _connector='OR'), name='iv_temperature_c_possible'), models.CheckConstraint(condition=models.Q(('heart_rate', None), ('heart_rate__range', (Decimal('10'), Decimal('350'))), _connector='OR'), name='iv_heart_rate_possible'), models.CheckConstraint(condition=models.Q(('respiratory_rate', None), ('respiratory_rate__range', (Decimal('1'), Decimal('120'))), _connector='OR'), name='iv_respiratory_rate_possible'), models.CheckConstraint(condition=models.Q(('systolic_mmhg', None), ('systolic_mmhg__range', (Decimal('20'), Decimal('350'))), _connector='OR'), name='iv_systolic_mmhg_possible'), models.CheckConstraint(condition=models.Q(('diastolic_mmhg', None), ('diastolic_mmhg__range', (Decimal('5'), Decimal('250'))), _connector='OR'), name='iv_diastolic_mmhg_possible'), models.CheckConstraint(condition=models.Q(('spo2_percent', None), ('spo2_percent__range', (Decimal('10'), Decimal('100'))), _connector='OR'), name='iv_spo2_percent_possible'), models.CheckConstraint(condition=models.Q(('diastolic_mmhg', None), ('systolic_mmhg', None), ('diastolic_mmhg__lt', models.F('systolic_mmhg')), _connector='OR'), name='iv_diastolic_below_systolic')],
            },
        ),
        migrations.CreateModel(
            name='Interruption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('missing', models.JSONField(blank=True, default=dict, verbose_name='reasons for missing values')),
                ('began_at', models.DateTimeField(verbose_name='interrupted at')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='resumed at')),
                ('why', models.CharField(max_length=300, verbose_name='reason')),
                ('infusion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interruptions', to='dosing.infusion')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='enrollment.subject', verbose_name='participant')),
            ],
            options={
                'ordering': ['began_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('began_at')), _connector='OR'), name='interruption_ends_later'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('infusion',), name='interruption_one_open')],
            },
        ),
        migrations.CreateModel(
            name='ProductProblem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('temperature', 'temperature excursion'), ('spill', 'spill'), ('breakage', 'bag or line broken, or the sleeve open'), ('wrong_bag', 'wrong bag delivered'), ('expired', 'not started in time'), ('called_back', 'called back by the pharmacy'), ('not_available', 'not available today')], max_length=16, verbose_name='what is wrong')),
                ('noticed_at', models.DateTimeField(verbose_name='noticed at')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='problems', to='dosing.infusionorder')),
                ('reported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reported by')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.subject')),
            ],
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ready_at', models.DateTimeField(verbose_name='ready at')),
                ('start_by', models.DateTimeField(verbose_name='start by')),
                ('use_by', models.DateTimeField(help_text='The infusion has ended by then.', verbose_name='use by')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='dosing.infusionorder')),
                ('released_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.subject')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('start_by__gt', models.F('ready_at')), ('use_by__gt', models.F('start_by'))), name='release_use_by_later')],
            },
        ),
        migrations.CreateModel(
            name='BlockedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='day')),
                ('why', models.CharField(choices=[('holiday', 'public holiday'), ('staff', 'staff absent'), ('room', 'room or equipment not available'), ('pharmacy', 'pharmacy closed')], max_length=10, verbose_name='reason')),
                ('opened_at', models.DateTimeField(null=True, verbose_name='opened again at')),
                ('blocked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blocked_days', to='core.studysite')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('opened_at', None)), fields=('site', 'on'), name='day_blocked_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('slot',), name='order_one_per_slot'),
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('kit',), name='order_one_per_kit'),
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.CheckConstraint(condition=models.Q(('consent_stands', True)), name='order_consent_stands'),
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.CheckConstraint(condition=models.Q(('still_moderate', True)), name='order_still_moderate'),
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.CheckConstraint(condition=models.Q(('no_new_exclusion', True)), name='order_no_new_exclusion'),
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.CheckConstraint(condition=models.Q(('weight_kg', None), ('weight_kg__range', (Decimal('20'), Decimal('300'))), _connector='OR'), name='order_weight_kg_possible'),
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.CheckConstraint(condition=models.Q(('temperature_c', None), ('temperature_c__range', (Decimal('25'), Decimal('45'))), _connector='OR'), name='order_temperature_c_possible'),
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.CheckConstraint(condition=models.Q(('respiratory_rate', None), ('respiratory_rate__range', (Decimal('1'), Decimal('120'))), _connector='OR'), name='order_respiratory_rate_possible'),
        ),
        migrations.AddConstraint(
            model_name='infusionorder',
            constraint=models.CheckConstraint(condition=models.Q(('spo2_percent', None), ('spo2_percent__range', (Decimal('10'), Decimal('100'))), _connector='OR'), name='order_spo2_percent_possible'),
        ),
    ]
