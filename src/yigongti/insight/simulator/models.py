"""What has been built: one row for each finished stage of the demonstration community."""

from django.db import models


class BuildStage(models.Model):
    """A finished stage. The row is written in the stage's own transaction: it is there when its data are.

    ``anchor`` is the day that the community was built for: all dates of the source were shifted to end before it.
    """

    name = models.CharField("阶段", max_length=32, primary_key=True)
    anchor = models.DateField("推演基准日")
    counts = models.JSONField("数量", default=dict)
    seconds = models.FloatField("用时（秒）", default=0)
    finished_at = models.DateTimeField("完成时间")

    class Meta:
        verbose_name = verbose_name_plural = "演示数据阶段"

    def __str__(self) -> str:
        return self.name
