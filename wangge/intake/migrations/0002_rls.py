"""An import and what became of its rows, which may quote a resident's words, are seen by whoever brought the file."""

from django.db import migrations

from wangge.org import rls

PROTECTED = {
    "intake_import": (rls.is_own("by_id"),),
    "intake_importrow": (rls.through(table="intake_importrow", key="run_id", parent="intake_import"),),
}


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("org", "0002_guards")]
    operations = [
        migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
        for table, conditions in PROTECTED.items()
    ]
