from django.db import migrations, models

from yigongti.records.exchange.changes.triggers import NO_PERSON, PERSON


class Migration(migrations.Migration):
    dependencies = [("changes", "0002_feed"), ("residents", "0011_identity_move_functions")]
    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("resident_id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={"verbose_name": "居民的修改时间", "verbose_name_plural": "居民的修改时间"},
        ),
        migrations.RunSQL(PERSON, NO_PERSON),
    ]
