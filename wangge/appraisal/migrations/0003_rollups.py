"""Counts kept ready: their tables, what marks a case as changed, and how rows of numbers are added.

The trigger is part of every commit that says something of a case, so nothing that happened can be left out. Two
functions build and add arrays where a statement cannot say it shortly. What is kept of single cases is seen by
services alone, under an unrestricted scope; the counts are open (docs/adr/0005).
"""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

from wangge.org import rls

ARRAYS = """
create function appraisal_dense(codes int[], amounts int[]) returns int[] language plpgsql immutable parallel safe as $$
declare n int[] := array_fill(0, array[(select max(code) from unnest(codes) code)]);
begin
  for i in 1 .. cardinality(codes) loop n[codes[i]] := n[codes[i]] + amounts[i]; end loop;
  return n;
end $$;
create function appraisal_add(a int[], b int[]) returns int[] language plpgsql immutable parallel safe as $$
declare longer int[] := case when cardinality(a) >= cardinality(b) then a else b end;
        other int[] := case when cardinality(a) >= cardinality(b) then b else a end;
begin
  for i in 1 .. cardinality(other) loop
    if other[i] <> 0 then longer[i] := longer[i] + other[i]; end if;
  end loop;
  return longer;
end $$;
"""
DROP_ARRAYS = "drop function appraisal_dense(int[], int[]); drop function appraisal_add(int[], int[]);"
NOTED = """
create function appraisal_note() returns trigger language plpgsql as $$
begin
  insert into appraisal_changed (case_id) select distinct subject_id from said where subject_type = 'case';
  return null;
end $$;
create trigger audit_entry_appraisal after insert on audit_entry
  referencing new table as said for each statement execute function appraisal_note();
"""
# Counts change in place; entries of what changed come and go all day.
ROOM = """
alter table appraisal_cell set (fillfactor = 70);
alter table appraisal_distribution set (fillfactor = 70);
alter table appraisal_standing set (fillfactor = 70);
alter table appraisal_changed set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
"""
NOT_NOTED = "drop trigger audit_entry_appraisal on audit_entry; drop function appraisal_note();"


class Migration(migrations.Migration):

    dependencies = [
        ('appraisal', '0002_judgement_rls'),
        ('audit', '0002_guards'),
        ('org', '0002_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cell',
            fields=[
                ('pk', models.CompositePrimaryKey('kind', 'period', 'start', 'owner', 'stratum', blank=True, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('unit', '单位'), ('community', '社区'), ('subdistrict', '街道'), ('district', '全区'), ('matter', '事项类别')], max_length=12)),
                ('period', models.CharField(max_length=1)),
                ('start', models.DateField()),
                ('owner', models.CharField(max_length=36)),
                ('stratum', models.CharField(max_length=48)),
                ('n', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Changed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case_id', models.UUIDField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Counted',
            fields=[
                ('case_id', models.UUIDField(primary_key=True, serialize=False)),
                ('community_pos', models.BigIntegerField()),
                ('subdistrict_pos', models.BigIntegerField()),
                ('stratum', models.CharField(max_length=48)),
                ('days', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), size=None)),
                ('units', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(null=True), size=None)),
                ('codes', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('amounts', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('standing', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Distribution',
            fields=[
                ('pk', models.CompositePrimaryKey('kind', 'period', 'start', 'owner', 'spread', blank=True, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('unit', '单位'), ('community', '社区'), ('subdistrict', '街道'), ('district', '全区'), ('matter', '事项类别')], max_length=12)),
                ('period', models.CharField(max_length=1)),
                ('start', models.DateField()),
                ('owner', models.CharField(max_length=36)),
                ('spread', models.SmallIntegerField()),
                ('bins', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('pk', models.CompositePrimaryKey('owner', 'aspect', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('owner', models.BigIntegerField()),
                ('aspect', models.CharField(max_length=12)),
                ('key', models.CharField(max_length=48)),
                ('n', models.IntegerField()),
            ],
        ),
        migrations.RunSQL(ARRAYS, DROP_ARRAYS),
        migrations.RunSQL(NOTED, NOT_NOTED),
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
        migrations.RunSQL(rls.protect("appraisal_counted"), rls.unprotect("appraisal_counted")),
    ]
