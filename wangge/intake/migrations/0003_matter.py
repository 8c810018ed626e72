import django.db.models.deletion
from django.db import migrations, models

from wangge.org import rls

PROTECTED = ("intake_reading", "intake_dangeralarm")


class Migration(migrations.Migration):
    dependencies = [("casework", "0002_rls"), ("intake", "0002_rls"), ("org", "0002_guards")]
    operations = [
        migrations.CreateModel(
            name="DangerAlarm",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="danger_alarm",
                        serialize=False,
                        to="casework.case",
                    ),
                ),
                ("missed", models.BooleanField(default=False)),
                ("sign", models.CharField(blank=True, max_length=20)),
                ("words", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                ("right", models.BooleanField(null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.CharField(blank=True, max_length=64)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["at"], name="intake_danger_at")]},
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reading",
                        serialize=False,
                        to="casework.case",
                    ),
                ),
                ("model_id", models.UUIDField(null=True)),
                ("model_version", models.PositiveIntegerField(null=True)),
                ("guess", models.CharField(blank=True, max_length=24)),
                ("matter", models.JSONField(default=dict)),
                ("place", models.JSONField(default=dict)),
                ("same", models.JSONField(default=list)),
                ("urgency", models.JSONField(null=True)),
                ("errors", models.JSONField(default=dict)),
                ("read_at", models.DateTimeField()),
            ],
        ),
        *(
            migrations.RunSQL(
                rls.protect(table, rls.through(table=table, key="case_id", parent="casework_case")),
                rls.unprotect(table),
            )
            for table in PROTECTED
        ),
    ]
