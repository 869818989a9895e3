import django.db.models.deletion
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("exchange", "0001_initial"),
        ("residents", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberCheck",
            fields=[
                ("identity_id", models.UUIDField(primary_key=True, serialize=False)),
                ("content_hash", models.BinaryField(null=True)),
                ("birth_agrees", models.BooleanField(null=True, verbose_name="与出生日期一致")),
                ("sex_agrees", models.BooleanField(null=True, verbose_name="与性别一致")),
            ],
            options={
                "verbose_name": "证件号码核对",
                "verbose_name_plural": "证件号码核对",
            },
        ),
        migrations.CreateModel(
            name="DeliveredRows",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="月份")),
                ("target", models.CharField(blank=True, max_length=40, verbose_name="目标")),
                ("outcome", models.CharField(max_length=32, verbose_name="结果")),
                ("rows", models.PositiveBigIntegerField(verbose_name="行数")),
                (
                    "load",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.load",
                        verbose_name="数据接收",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_column="source",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourcesystem",
                        verbose_name="来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "接收台账",
                "verbose_name_plural": "接收台账",
                "indexes": [models.Index(fields=["source", "month"], name="deliveredrows_month")],
                "constraints": [
                    models.UniqueConstraint(fields=("load", "month", "target", "outcome"), name="deliveredrows_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DueMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="月份")),
                ("since", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="起")),
                (
                    "load",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.load",
                        verbose_name="数据接收",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_column="source",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourcesystem",
                        verbose_name="来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "待重算的月份",
                "verbose_name_plural": "待重算的月份",
                "constraints": [models.UniqueConstraint(fields=("source", "month"), name="duemonth_once")],
            },
        ),
        migrations.CreateModel(
            name="QualityMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="月份")),
                ("revision", models.PositiveIntegerField(verbose_name="第几次公布")),
                ("rows", models.PositiveBigIntegerField(verbose_name="行数")),
                ("counts", models.JSONField(verbose_name="计数")),
                ("dimensions", models.JSONField(verbose_name="各维度得分")),
                ("score", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="总分")),
                ("policy", models.CharField(max_length=32, verbose_name="政策版本")),
                ("policy_hash", models.CharField(max_length=64, verbose_name="政策指纹")),
                (
                    "why",
                    models.CharField(
                        choices=[("load", "数据接收"), ("night", "夜间核对"), ("command", "重新统计")],
                        max_length=16,
                        verbose_name="原因",
                    ),
                ),
                ("published_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="公布时间")),
                ("replaced_at", models.DateTimeField(blank=True, null=True, verbose_name="重算时间")),
                (
                    "load",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.load",
                        verbose_name="数据接收",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_column="source",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourcesystem",
                        verbose_name="来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "数据质量",
                "verbose_name_plural": "数据质量",
                "indexes": [
                    models.Index(condition=models.Q(("replaced_at", None)), fields=["month"], name="qualitymonth_month")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "month", "revision"), name="qualitymonth_revision"),
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at", None)),
                        fields=("source", "month"),
                        name="qualitymonth_in_force",
                    ),
                ],
            },
        ),
    ]
