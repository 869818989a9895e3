from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "yigongti.records.exchange.documents"
    label = "record_documents"
    verbose_name = "档案摘要文档"

    def ready(self) -> None:
        """Show the downloads on the page of the record, and name them for the audit."""
        from yigongti.kernel.audit.kinds import declare

        from . import panels  # noqa: F401

        declare({"document:summary": "档案摘要"})
