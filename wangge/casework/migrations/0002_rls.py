"""The second lock: rows of cases are seen by scope, whatever the query. Parties stay open (see org.rls)."""

from django.db import migrations

from wangge.org import rls

PARTY = (
    "exists (select from casework_party party where party.case_id = casework_case.id and "
    + rls.in_units("party.unit_pos")
    + ")"
)
PROTECTED = {
    "casework_case": (rls.in_areas("area_pos"), rls.is_own("submitter_id"), PARTY),
    "casework_workorder": (rls.through(table="casework_workorder", key="case_id", parent="casework_case"),),
    "casework_whistle": (rls.through(table="casework_whistle", key="case_id", parent="casework_case"),),
    "casework_responder": (rls.through(table="casework_responder", key="whistle_id", parent="casework_whistle"),),
    "casework_clock": (rls.through(table="casework_clock", key="case_id", parent="casework_case"),),
    "casework_attachment": (
        "case_id is null and " + rls.is_own("uploader_id"),
        rls.through(table="casework_attachment", key="case_id", parent="casework_case"),
    ),
    "casework_savedview": (rls.is_own("user_id"),),
    # Only the services that make cases look at keys, and they see everything while they do.
    "casework_idempotencykey": (),
}


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_initial"), ("org", "0002_guards")]
    operations = [
        migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
        for table, conditions in PROTECTED.items()
    ]
