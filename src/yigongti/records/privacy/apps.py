from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PrivacyConfig(AppConfig):
    name = "yigongti.records.privacy"
    label = "privacy"
    verbose_name = "档案隐私"

    def ready(self) -> None:
        """Register the policy kind, the panels on the record and the pulse; a new installation protects at once."""
        from yigongti.kernel.audit.kinds import declare

        from . import consents, panels, policies, settling, workflow  # noqa: F401

        declare({"privacy:code": "分享码"})
        post_migrate.connect(settling.after_migration, sender=self)
