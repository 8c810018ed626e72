from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0006_replies")]
    operations: list[migrations.operations.base.Operation] = []
