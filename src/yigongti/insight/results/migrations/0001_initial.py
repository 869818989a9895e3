import django.db.models.deletion
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("consortia", "0001_initial"),
        ("organizations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Measure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=96, unique=True, verbose_name="编号")),
                ("set", models.CharField(max_length=64, verbose_name="指标集")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("edition", models.CharField(help_text="指标集内容的散列", max_length=64, verbose_name="定义版本")),
                ("definition", models.CharField(help_text="决定数值的部分的散列", max_length=64, verbose_name="算法")),
                ("retired_on", models.DateField(blank=True, null=True, verbose_name="停用")),
            ],
            options={
                "verbose_name": "指标",
                "verbose_name_plural": "指标",
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("snapshot", models.CharField(max_length=64, verbose_name="快照")),
                ("before", models.CharField(blank=True, max_length=64, verbose_name="上一快照")),
                ("at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="计算时间")),
                ("seconds", models.DecimalField(decimal_places=2, default=0, max_digits=9, verbose_name="用时（秒）")),
                ("years", models.JSONField(default=list, verbose_name="重算的年份")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="摘要")),
                ("results", models.PositiveBigIntegerField(default=0, verbose_name="结果数")),
                ("moved", models.PositiveBigIntegerField(default=0, verbose_name="变动数")),
                ("restated", models.PositiveBigIntegerField(default=0, verbose_name="重述数")),
                ("causes", models.JSONField(default=dict, verbose_name="原因")),
            ],
            options={
                "verbose_name": "指标计算",
                "verbose_name_plural": "指标计算",
                "indexes": [models.Index(fields=["-at"], name="run_at")],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("organization", "机构"),
                            ("centre", "中心（含下属站点）"),
                            ("consortium", "医共体"),
                            ("county", "县区"),
                            ("all", "全部"),
                        ],
                        max_length=16,
                        verbose_name="层次",
                    ),
                ),
                ("key", models.CharField(max_length=24, verbose_name="标识")),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("county", models.CharField(blank=True, max_length=6, verbose_name="县区")),
                (
                    "consortium",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="consortia.consortium",
                        verbose_name="医共体",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "统计单位",
                "verbose_name_plural": "统计单位",
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                ("numerator", models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="分子")),
                ("denominator", models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="分母")),
                ("value", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="数值")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "measure_id",
                        "unit_id",
                        "period",
                        "stratum",
                        "part",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[("month", "月"), ("quarter", "季"), ("year", "年")],
                        max_length=8,
                        verbose_name="时期类型",
                    ),
                ),
                ("period", models.CharField(max_length=8, verbose_name="时期")),
                ("stratum", models.CharField(blank=True, max_length=48, verbose_name="分组")),
                ("part", models.CharField(blank=True, max_length=64, verbose_name="组")),
                ("reported", models.PositiveIntegerField(default=0, verbose_name="报告机构月")),
                ("expected", models.PositiveIntegerField(default=0, verbose_name="应报机构月")),
                ("guarded", models.BooleanField(default=False, verbose_name="不对外显示")),
                (
                    "measure",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.measure",
                        verbose_name="指标",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.run",
                        verbose_name="由哪次计算变动",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.unit",
                        verbose_name="统计单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "指标结果",
                "verbose_name_plural": "指标结果",
            },
        ),
        migrations.CreateModel(
            name="Restatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("numerator", models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="分子")),
                ("denominator", models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="分母")),
                ("value", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="数值")),
                (
                    "type",
                    models.CharField(
                        choices=[("month", "月"), ("quarter", "季"), ("year", "年")],
                        max_length=8,
                        verbose_name="时期类型",
                    ),
                ),
                ("period", models.CharField(max_length=8, verbose_name="时期")),
                (
                    "numerator_before",
                    models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="原分子"),
                ),
                (
                    "denominator_before",
                    models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="原分母"),
                ),
                (
                    "value_before",
                    models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="原数值"),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.measure",
                        verbose_name="指标",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.run",
                        verbose_name="哪次计算",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.unit",
                        verbose_name="统计单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "指标重述",
                "verbose_name_plural": "指标重述",
            },
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.UniqueConstraint(fields=("level", "key"), name="unit_key"),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(
                condition=models.Q(("stratum", "")), fields=["unit", "period"], name="result_unit_period"
            ),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(
                condition=models.Q(("stratum", "")), fields=["measure", "period"], name="result_measure_period"
            ),
        ),
        migrations.AddIndex(
            model_name="restatement",
            index=models.Index(fields=["-run", "measure", "unit"], name="restatement_run"),
        ),
    ]
