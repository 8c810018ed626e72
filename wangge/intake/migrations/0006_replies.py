from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0005_sameness")]
    operations: list[migrations.operations.base.Operation] = []
