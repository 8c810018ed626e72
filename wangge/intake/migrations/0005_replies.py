"""Scores of replies are seen with their case; how far the log was read says nothing of anybody."""

import django.contrib.postgres.fields
import django.db.models.deletion
import wangge.kit.ids
from django.db import migrations, models

from wangge.org import rls

PROTECTED = {"intake_reply": (rls.through(table="intake_reply", key="case_id", parent="casework_case"),)}


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0002_rls"),
        ("intake", "0004_sameness"),
        ("org", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name='ReplyMark',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('entry_seq', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.UUIDField(default=wangge.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('entry_seq', models.BigIntegerField(unique=True)),
                ('at', models.DateTimeField()),
                ('delay_minutes', models.PositiveIntegerField()),
                ('relevance', models.FloatField()),
                ('completeness', models.FloatField()),
                ('clarity', models.FloatField()),
                ('originality', models.FloatField()),
                ('stock', models.BooleanField()),
                ('sketch', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('matter', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='casework.case')),
                ('unit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit')),
            ],
            options={
                'indexes': [models.Index(fields=['unit', '-at'], name='intake_reply_unit'), models.Index(fields=['case'], name='intake_reply_case'), models.Index(fields=['at'], name='intake_reply_at')],
            },
        ),
        *(
            migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
            for table, conditions in PROTECTED.items()
        ),
    ]
