from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Evaluation of members."""

    name = "yigongti.insight.evaluation"
    label = "evaluation"
    verbose_name = "考核评价"

    def ready(self) -> None:
        """Register the policy kind, the workflows and what listens to them."""
        from yigongti.kernel.audit.kinds import declare

        from . import definitions, news, outline, pins, workflow  # noqa: F401

        declare({"evaluation:file": "考核报告文件"})
