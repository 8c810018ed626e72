from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_rls")]
    operations: list[migrations.operations.base.Operation] = []
