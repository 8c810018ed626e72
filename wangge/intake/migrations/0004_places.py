from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_matter")]
    operations: list[migrations.operations.base.Operation] = []
