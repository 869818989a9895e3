"""Attachments of the record."""

from django.db import models

from .encounters import AtEncounter
from .entry import Coded, Entry


class DocumentReference(AtEncounter, Coded):
    """An attachment of the record: FHIR DocumentReference; the content is kept in the database and its backups.

    ``location`` is where a document lies that another system keeps (then ``content`` is empty), ``dated_at`` the time
    of the document itself, ``size`` in bytes.
    """

    title = models.CharField("标题", max_length=256)
    kind = models.CharField("类别", max_length=32)
    media_type = models.CharField("格式", max_length=64)
    content = models.BinaryField("内容", default=b"", db_default=b"")
    size = models.PositiveIntegerField("字节数", default=0, db_default=0)
    location = models.CharField("存放处", max_length=512, blank=True, default="", db_default="")
    dated_at = models.DateTimeField("文档时间", null=True, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "文档"
        indexes = [*Entry.Meta.indexes, models.Index(fields=["resident", "-recorded_at"], name="document_resident")]
