from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64, verbose_name="事件")),
                ("payload", models.JSONField(default=dict, verbose_name="内容")),
                ("at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="发生时间")),
                ("consumer", models.CharField(blank=True, default="", max_length=128, verbose_name="消费者")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                ("next_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="下次投递")),
                ("error", models.TextField(blank=True, default="", verbose_name="错误")),
            ],
            options={
                "verbose_name": "待投递事件",
                "verbose_name_plural": "待投递事件",
                "indexes": [models.Index(fields=["next_at", "id"], name="events_outbox_due")],
            },
        ),
    ]
