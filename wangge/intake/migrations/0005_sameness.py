from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0004_places")]
    operations: list[migrations.operations.base.Operation] = []
