from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Binding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField(unique=True)),
                ('request_id', models.BigIntegerField(unique=True)),
                ('randomization_number', models.CharField(max_length=12, unique=True)),
                ('kit_number', models.CharField(max_length=12, unique=True)),
                ('tx', models.BigIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site_id', models.BigIntegerField()),
                ('closed', models.BooleanField()),
                ('note', models.CharField(max_length=500)),
                ('person_id', models.BigIntegerField()),
                ('access_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site_id', models.BigIntegerField()),
                ('held', models.BooleanField()),
                ('reason', models.CharField(max_length=300)),
                ('access_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='KitContent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=12, unique=True)),
                ('arm', models.CharField(max_length=16)),
                ('lot', models.CharField(max_length=40)),
                ('expires_on', models.DateField()),
                ('shipment', models.CharField(max_length=12)),
                ('vials', models.PositiveSmallIntegerField()),
                ('storage_place', models.CharField(max_length=80)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PharmacyMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site_id', models.BigIntegerField()),
                ('query', models.CharField(max_length=12)),
                ('about', models.CharField(blank=True, max_length=12)),
                ('state', models.CharField(max_length=12)),
                ('text', models.CharField(blank=True, max_length=1000)),
                ('person_id', models.BigIntegerField()),
                ('access_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField(unique=True)),
                ('randomization_number', models.CharField(max_length=12, unique=True)),
                ('arm', models.CharField(max_length=16)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Preparation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kit_number', models.CharField(max_length=12, unique=True)),
                ('access_id', models.BigIntegerField()),
                ('thawed_at', models.DateTimeField()),
                ('cells_millions', models.DecimalField(decimal_places=2, max_digits=8)),
                ('viability_percent', models.DecimalField(decimal_places=2, max_digits=5)),
                ('volume_ml', models.DecimalField(decimal_places=1, max_digits=6)),
                ('checked_by_id', models.BigIntegerField()),
                ('use_by', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Recall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site_id', models.BigIntegerField()),
                ('lot', models.CharField(max_length=40)),
                ('cause', models.CharField(max_length=12)),
                ('note', models.CharField(max_length=500)),
                ('access_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SealedEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tx', models.BigIntegerField(db_index=True)),
                ('at', models.DateTimeField()),
                ('table', models.TextField()),
                ('record_id', models.BigIntegerField(null=True)),
                ('subject_id', models.BigIntegerField(db_index=True, null=True)),
                ('operation', models.CharField(choices=[('I', 'created'), ('U', 'changed'), ('D', 'removed'), ('T', 'emptied')], max_length=1)),
                ('old', models.JSONField(null=True)),
                ('new', models.JSONField(null=True)),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor', models.TextField(help_text='Name at that time, or system:<task>, or empty for raw SQL by the owner.')),
                ('role', models.TextField()),
                ('site', models.TextField()),
                ('action', models.TextField()),
                ('reason', models.TextField()),
                ('request', models.TextField()),
                ('login', models.TextField(help_text='The database login (session_user) of the write.')),
            ],
            options={
                'db_table': 'sealed_event',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SealedLeaf',
            fields=[
                ('event_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('seal', models.BigIntegerField()),
                ('salt', models.BinaryField()),
                ('leaf', models.BinaryField()),
            ],
            options={
                'db_table': 'sealed_leaf',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SealedSeal',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('tx', models.BigIntegerField()),
                ('ids', models.TextField()),
                ('root', models.BinaryField()),
                ('previous', models.BinaryField()),
                ('hash', models.BinaryField()),
            ],
            options={
                'db_table': 'sealed_seal',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SealedSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kit_order_key', models.BinaryField()),
                ('salt', models.BinaryField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SecondBinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField(unique=True)),
                ('kit_number', models.CharField(max_length=12, unique=True)),
                ('tx', models.BigIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Shipment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=12, unique=True)),
                ('site_id', models.BigIntegerField()),
                ('received_at', models.DateTimeField()),
                ('condition', models.CharField(max_length=300)),
                ('warmest_c', models.DecimalField(decimal_places=1, max_digits=5)),
                ('coldest_c', models.DecimalField(decimal_places=1, max_digits=5)),
                ('excursion', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Substitution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bag', models.CharField(max_length=12)),
                ('kit_number', models.CharField(max_length=12, unique=True)),
                ('access_id', models.BigIntegerField()),
                ('tx', models.BigIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kit_number', models.CharField(max_length=12)),
                ('step', models.CharField(max_length=12)),
                ('place', models.CharField(max_length=12)),
                ('at', models.DateTimeField()),
                ('person_id', models.BigIntegerField()),
                ('second_person_id', models.BigIntegerField(null=True)),
                ('access_id', models.BigIntegerField(null=True)),
                ('residual_ml', models.DecimalField(decimal_places=1, max_digits=6, null=True)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('recorded_at', models.DateTimeField()),
                ('tx', models.BigIntegerField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(condition=models.Q(('step', 'assigned')), fields=('kit_number',), name='movement_assigned_once')],
            },
        ),
    ]
