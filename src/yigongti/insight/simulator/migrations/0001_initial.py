from django.db import migrations, models

from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="BuildStage",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name="阶段")),
                ("anchor", models.DateField(verbose_name="推演基准日")),
                ("counts", models.JSONField(default=dict, verbose_name="数量")),
                ("seconds", models.FloatField(default=0, verbose_name="用时（秒）")),
                ("finished_at", models.DateTimeField(verbose_name="完成时间")),
            ],
            options={
                "verbose_name": "演示数据阶段",
                "verbose_name_plural": "演示数据阶段",
            },
        ),
    ]
