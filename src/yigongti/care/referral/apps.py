from django.apps import AppConfig


class ReferralConfig(AppConfig):
    name = "yigongti.care.referral"
    label = "referral"
    verbose_name = "双向转诊"

    def ready(self) -> None:
        from yigongti.kernel.audit.kinds import declare

        from . import (  # noqa: F401
            events,
            exchanged,
            findings,
            left_behind,
            signs,
            story,
            telling,
            timers,
            watching,
            workflow,
        )
        from .pages import person  # noqa: F401

        declare(
            {
                "referral:send": "填写转诊单",
                "referral:step": "办理转诊",
                "referral:case": "转诊单",
                "referral:change": "上转",
            }
        )
