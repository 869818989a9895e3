import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

#: the column stays as it is; the model knows now whose key it holds
USER = models.ForeignKey(
    db_constraint=False,
    null=True,
    on_delete=django.db.models.deletion.CASCADE,
    related_name="+",
    to=settings.AUTH_USER_MODEL,
    verbose_name="账号",
)


class Migration(migrations.Migration):
    dependencies = [("access", "0002_functions")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("session", "user_id"),
                migrations.AddField("session", "user", USER),
            ]
        )
    ]
