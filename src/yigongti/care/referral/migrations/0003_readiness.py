import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from yigongti.kernel.access.row_security import any_of, protect

#: whoever sees the referral sees what the criteria say of it
SEEN = any_of("EXISTS (SELECT 1 FROM referral_referral r WHERE r.id = referral_readiness.referral_id)")


class Migration(migrations.Migration):
    dependencies = [("referral", "0002_row_security")]
    operations = [
        migrations.CreateModel(
            name="Readiness",
            fields=[
                (
                    "referral",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="readiness",
                        serialize=False,
                        to="referral.referral",
                        verbose_name="转诊",
                    ),
                ),
                (
                    "criteria",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=96), default=list, size=None, verbose_name="成立的标准"
                    ),
                ),
                ("proposals", models.JSONField(default=list, verbose_name="建议")),
                ("assessed_at", models.DateTimeField(null=True, verbose_name="最近评估")),
                ("found_at", models.DateTimeField(verbose_name="首次成立")),
                ("scanned_at", models.DateTimeField(verbose_name="最近核对")),
                (
                    "dismissed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=96),
                        default=list,
                        size=None,
                        verbose_name="已不采纳的标准",
                    ),
                ),
                ("dismissed_at", models.DateTimeField(null=True, verbose_name="不采纳时间")),
                ("quiet", models.BooleanField(default=False, verbose_name="暂不提示")),
            ],
            options={"verbose_name": "下转建议", "verbose_name_plural": "下转建议"},
        ),
        protect("referral_readiness", SEEN),
    ]
