import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Area",
            fields=[
                ("code", models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name="区划代码")),
                ("name", models.CharField(max_length=64, verbose_name="名称")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("province", "省"),
                            ("city", "市"),
                            ("county", "县（区）"),
                            ("town", "乡镇（街道）"),
                            ("village", "村（社区）"),
                        ],
                        max_length=8,
                        verbose_name="级别",
                    ),
                ),
                ("retired_on", models.DateField(blank=True, null=True, verbose_name="撤销日期")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="places.area",
                        verbose_name="上级",
                    ),
                ),
            ],
            options={
                "verbose_name": "行政区划",
                "verbose_name_plural": "行政区划",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="ServedPopulation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("grid", models.CharField(blank=True, max_length=16, verbose_name="网格代码")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年份")),
                ("residents", models.PositiveIntegerField(verbose_name="常住人口")),
                ("registered", models.PositiveIntegerField(blank=True, null=True, verbose_name="户籍人口")),
                ("source", models.CharField(max_length=128, verbose_name="来源")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="populations",
                        to="places.area",
                        verbose_name="区域",
                    ),
                ),
            ],
            options={
                "verbose_name": "服务人口",
                "verbose_name_plural": "服务人口",
            },
        ),
        migrations.CreateModel(
            name="Grid",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                ("code", models.CharField(max_length=16, verbose_name="网格代码")),
                ("name", models.CharField(max_length=64, verbose_name="名称")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grids",
                        to="places.area",
                        verbose_name="区域",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grids",
                        to="organizations.organization",
                        verbose_name="责任机构",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="station_grids",
                        to="organizations.organization",
                        verbose_name="村卫生室（站）",
                    ),
                ),
            ],
            options={
                "verbose_name": "网格",
                "verbose_name_plural": "网格",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                        name="grid_period_in_order",
                        violation_error_message="结束日期应晚于开始日期",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("code", "="),
                            (
                                models.Func(
                                    models.F("start"),
                                    models.F("until"),
                                    models.Value("[)"),
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="grid_once_at_a_time",
                        violation_error_message="这一时期已有同一代码的网格",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="grid",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="ecffe09ff59983cb9b8c0fef8eb96e32c8eedb6c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_c8266",
                    table="places_grid",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="servedpopulation",
            constraint=models.UniqueConstraint(
                fields=("area", "grid", "year"),
                name="population_once_a_year",
                violation_error_message="这里这一年的服务人口已有记录",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servedpopulation",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="60a3fb5fb03a8d364511617b7be694d1e4cc6aff",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_1b398",
                    table="places_servedpopulation",
                    when="AFTER",
                ),
            ),
        ),
    ]
