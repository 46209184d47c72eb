from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('event_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('seal', models.BigIntegerField()),
                ('salt', models.BinaryField()),
                ('leaf', models.BinaryField()),
            ],
            options={
                'db_table': 'audit_leaf',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Seal',
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
                'db_table': 'audit_seal',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Event',
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
                'db_table': 'audit_event',
                'default_permissions': (),
                'indexes': [models.Index(fields=['table', 'record_id'], name='audit_event_record')],
            },
        ),
    ]
