"""The second lock: appeals and alarms are seen by the unit concerned and those above it, records by whose they are.

Who answers for a grid member stands in `keeper_pos`: a position above the grid team, so that the team's own scope does
not reach it, and each member sees what is theirs. The register of exclusions is open to all who read results.
"""

from django.db import migrations

from wangge.org import rls

PROTECTED = {
    "appraisal_appeal": (rls.in_units("unit_pos"),),
    "appraisal_gamingalarm": (rls.in_units("unit_pos"),),
    "appraisal_trainee": (rls.is_own("user_id"), rls.in_units("keeper_pos")),
    "appraisal_commendation": (rls.is_own("user_id"), rls.in_units("keeper_pos")),
    "appraisal_training": (
        rls.in_units("unit_pos"),
        "exists (select from appraisal_trainee t where t.training_id = appraisal_training.id)",
    ),
}


class Migration(migrations.Migration):
    dependencies = [("appraisal", "0001_judgement"), ("org", "0002_guards")]
    operations = [
        migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
        for table, conditions in PROTECTED.items()
    ]
