import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.cases.keys
import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=64, verbose_name="种类")),
                ("subject", models.CharField(blank=True, max_length=128, verbose_name="对象")),
                ("title", models.CharField(max_length=200, verbose_name="任务")),
                ("link", models.CharField(blank=True, max_length=200, verbose_name="页面")),
                ("organization_id", models.BigIntegerField(null=True, verbose_name="经办机构")),
                ("purpose", models.CharField(blank=True, max_length=32, verbose_name="目的")),
                ("scopes", models.JSONField(null=True, verbose_name="令牌范围")),
                ("arguments", models.JSONField(default=dict, verbose_name="参数")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "排队中"),
                            ("running", "进行中"),
                            ("done", "已完成"),
                            ("failed", "未完成"),
                            ("stopped", "已取消"),
                        ],
                        default="waiting",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("stage", models.CharField(blank=True, max_length=64, verbose_name="正在做")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="已处理")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="共")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="第几次")),
                ("queued", models.BigIntegerField(null=True, verbose_name="队列号")),
                ("stop_asked", models.BooleanField(default=False, verbose_name="要求停止")),
                ("summary", models.CharField(blank=True, max_length=300, verbose_name="结果")),
                ("result", models.JSONField(default=dict, verbose_name="结果数据")),
                ("file", models.BinaryField(null=True, verbose_name="结果文件")),
                ("filename", models.CharField(blank=True, max_length=255, verbose_name="文件名")),
                ("media_type", models.CharField(blank=True, max_length=128, verbose_name="格式")),
                ("error", models.CharField(blank=True, max_length=500, verbose_name="原因")),
                ("hint", models.CharField(blank=True, max_length=300, verbose_name="怎么办")),
                ("asked_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="提交时间")),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("moved_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="最近进展")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "后台任务",
                "verbose_name_plural": "后台任务",
                "ordering": ["-asked_at"],
                "indexes": [
                    models.Index(fields=["user", "-asked_at"], name="job_mine"),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "running"])), fields=["moved_at"], name="job_open"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "running"]), models.Q(("subject", ""), _negated=True)
                        ),
                        fields=("kind", "subject"),
                        name="job_once_at_a_time",
                        violation_error_message="这件事正在处理中",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("state__in", ["waiting", "running"])),
                            models.Q(("finished_at__isnull", False), ("state__in", ["done", "failed", "stopped"])),
                            _connector="OR",
                        ),
                        name="job_finished_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total", 0), ("done__lte", models.F("total")), _connector="OR"),
                        name="job_done_within_total",
                    ),
                ],
            },
        ),
    ]
