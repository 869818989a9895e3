import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=64, verbose_name="标题")),
                ("text", models.CharField(max_length=300, verbose_name="内容")),
                ("link", models.CharField(max_length=200, verbose_name="链接")),
                ("urgent", models.BooleanField(default=False, verbose_name="紧急")),
                ("key", models.CharField(blank=True, max_length=128, verbose_name="来源")),
                ("created_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="时间")),
                ("read_at", models.DateTimeField(null=True, verbose_name="已读时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="发出时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="收件人",
                    ),
                ),
            ],
            options={
                "verbose_name": "消息",
                "verbose_name_plural": "消息",
                "indexes": [
                    models.Index(fields=["user", "-id"], name="notice_newest"),
                    models.Index(condition=models.Q(("read_at__isnull", True)), fields=["user"], name="notice_unread"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("user", "key"),
                        name="notice_once_per_key",
                    )
                ],
            },
        ),
    ]
