import django.contrib.postgres.fields
import django.db.models.deletion
import wangge.kit.ids
from django.db import migrations, models

from wangge.org import rls


def _of(table: str, key: str) -> str:
    return rls.through(table=table, key=key, parent="casework_case")


PROTECTED = {
    "intake_trace": (_of("intake_trace", "case_id"),),
    "intake_samedecision": (f"{_of('intake_samedecision', 'case_id')} and {_of('intake_samedecision', 'other_id')}",),
    "intake_hotspot": (rls.in_areas("area_pos"),),
    "intake_hotspotcase": (_of("intake_hotspotcase", "case_id"),),
    "intake_hotspotnotice": (rls.in_units("unit_pos"),),
}


class Migration(migrations.Migration):

    dependencies = [
        ("casework", "0002_rls"),
        ("intake", "0003_matter"),
        ("org", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name='ClusterRules',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('data', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='SameWeights',
            fields=[
                ('version', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('weights', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ('total', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('figures', models.JSONField(default=dict)),
                ('active', models.BooleanField(default=True)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Trace',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='trace', serialize=False, to='casework.case')),
                ('at', models.DateTimeField()),
                ('places', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), size=None)),
                ('named', models.PositiveSmallIntegerField(default=0)),
                ('title', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('terms', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('text', models.TextField(max_length=1200)),
                ('person', models.BigIntegerField(null=True)),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='HotSpot',
            fields=[
                ('id', models.UUIDField(default=wangge.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=80)),
                ('place', models.CharField(blank=True, max_length=40)),
                ('area_pos', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('active', '热点'), ('agenda', '已列入议题'), ('dismissed', '已排除'), ('over', '已平息')], default='active', max_length=10)),
                ('heat', models.FloatField()),
                ('parts', models.JSONField(default=dict)),
                ('trend', models.JSONField(default=list)),
                ('matters', models.PositiveIntegerField()),
                ('people', models.PositiveIntegerField()),
                ('likes', models.PositiveIntegerField(default=0)),
                ('dislikes', models.PositiveIntegerField(default=0)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('lon', models.FloatField(null=True)),
                ('lat', models.FloatField(null=True)),
                ('found_at', models.DateTimeField()),
                ('renewed_at', models.DateTimeField()),
                ('alerted_at', models.DateTimeField(null=True)),
                ('alerted_matters', models.PositiveIntegerField(default=0)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.UUIDField(null=True)),
                ('decided_name', models.CharField(blank=True, max_length=64)),
                ('decided_matters', models.PositiveIntegerField(default=0)),
                ('reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'indexes': [models.Index(fields=['state', '-heat'], name='hotspot_hot')],
            },
        ),
        migrations.CreateModel(
            name='TraceKey',
            fields=[
                ('pk', models.CompositePrimaryKey('key', 'at', 'case_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('key', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('case', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='casework.case')),
            ],
        ),
        migrations.CreateModel(
            name='HotSpotCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='casework.case')),
                ('spot', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='intake.hotspot')),
            ],
            options={
                'indexes': [models.Index(fields=['spot'], name='hotspot_members')],
                'constraints': [models.UniqueConstraint(fields=('case', 'spot'), name='hotspot_case_once')],
            },
        ),
        migrations.CreateModel(
            name='HotSpotNotice',
            fields=[
                ('id', models.UUIDField(default=wangge.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('unit_pos', models.BigIntegerField()),
                ('matters', models.PositiveIntegerField()),
                ('text', models.CharField(max_length=300)),
                ('text_en', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('spot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='intake.hotspot')),
                ('unit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit')),
            ],
            options={
                'indexes': [models.Index(fields=['unit_pos', '-at'], name='hotspot_notice_unit')],
            },
        ),
        migrations.CreateModel(
            name='SameDecision',
            fields=[
                ('id', models.UUIDField(default=wangge.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('same', models.BooleanField()),
                ('reason', models.CharField(max_length=500)),
                ('probability', models.FloatField()),
                ('features', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ('weights', models.PositiveIntegerField()),
                ('by_id', models.UUIDField()),
                ('by_name', models.CharField(max_length=64)),
                ('by_rule', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='same_decisions', to='casework.case')),
                ('other', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='casework.case')),
            ],
            options={
                'indexes': [models.Index(fields=['case', 'other', '-at'], name='same_pair'), models.Index(fields=['other'], name='same_other'), models.Index(fields=['-at'], name='same_recent')],
            },
        ),
        *(
            migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
            for table, conditions in PROTECTED.items()
        ),
    ]
