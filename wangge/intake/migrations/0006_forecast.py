"""What is expected, and proposed because of it, is seen where it lies."""

import django.db.models.deletion
import wangge.kit.ids
from django.db import migrations, models

from wangge.org import rls

PROTECTED = {
    "intake_forecastcell": (rls.in_areas("area_pos"),),
    "intake_preventivetask": (rls.in_areas("area_pos"),),
}


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0001_initial"),
        ("casework", "0002_rls"),
        ("intake", "0005_replies"),
        ("org", "0002_guards"),
        ("responsibility", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='Forecast',
            fields=[
                ('id', models.UUIDField(default=wangge.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField()),
                ('level', models.PositiveSmallIntegerField()),
                ('made_at', models.DateTimeField()),
                ('weeks', models.PositiveSmallIntegerField()),
                ('settings', models.JSONField(default=dict)),
                ('error', models.JSONField(null=True)),
                ('last_week', models.JSONField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('week', 'level'), name='intake_forecast_once')],
            },
        ),
        migrations.CreateModel(
            name='ForecastCell',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('area_pos', models.BigIntegerField()),
                ('expected', models.FloatField()),
                ('low', models.PositiveIntegerField()),
                ('high', models.PositiveIntegerField()),
                ('usual', models.FloatField()),
                ('before_expected', models.FloatField(null=True)),
                ('before_actual', models.PositiveIntegerField()),
                ('area', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area')),
                ('category', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='responsibility.category')),
                ('forecast', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='cells', to='intake.forecast')),
            ],
            options={
                'indexes': [models.Index(fields=['forecast', '-expected'], name='intake_forecast_most')],
                'constraints': [models.UniqueConstraint(fields=('forecast', 'area', 'category'), name='intake_forecast_cell_once')],
            },
        ),
        migrations.CreateModel(
            name='PreventiveTask',
            fields=[
                ('id', models.UUIDField(default=wangge.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField()),
                ('area_pos', models.BigIntegerField()),
                ('expected', models.FloatField()),
                ('low', models.PositiveIntegerField()),
                ('high', models.PositiveIntegerField()),
                ('usual', models.FloatField()),
                ('state', models.CharField(choices=[('proposed', '待定'), ('accepted', '已采纳'), ('dismissed', '不采纳')], default='proposed', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('decided_by', models.UUIDField(null=True)),
                ('decided_name', models.CharField(blank=True, max_length=64)),
                ('decided_at', models.DateTimeField(null=True)),
                ('area', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area')),
                ('case', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='casework.case')),
                ('category', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='responsibility.category')),
                ('leaf', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='responsibility.category')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('week', 'area', 'category'), name='intake_task_once')],
            },
        ),
        *(
            migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
            for table, conditions in PROTECTED.items()
        ),
    ]
