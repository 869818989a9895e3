from django.apps import AppConfig


class ReferralConfig(AppConfig):
    name = "yigongti.care.referral"
    label = "referral"
    verbose_name = "双向转诊"

    def ready(self) -> None:
        from . import events, findings, telling, timers, workflow  # noqa: F401
