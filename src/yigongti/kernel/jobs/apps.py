from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Reads the ``jobs.py`` of every room, where its long work is declared."""

    name = "yigongti.kernel.jobs"
    label = "jobs"
    verbose_name = "后台任务"

    def ready(self) -> None:
        from . import reviving  # noqa: F401

        autodiscover_modules("jobs")
