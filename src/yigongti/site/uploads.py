"""How uploaded files are held while a request is read: small ones in memory, large ones in a file without a name.

Nothing stays on the disk when a process is killed in between. A request that says it is longer than
``YIGONGTI_UPLOAD_BYTES`` is read and thrown away: the view finds no files and answers 413.
"""

from tempfile import TemporaryFile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from yigongti.config import configuration


class Limit(FileUploadHandler):
    """Stands first: drops every file of a request that is too long."""

    too_long = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803  # Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Look at the length that the request says."""
        self.too_long = content_length > configuration().upload_bytes

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Refuse the file when the request is too long."""
        if self.too_long:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand on to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler has the file."""


class Unnamed(FileUploadHandler):
    """Streams a file into a temporary file that has no name."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open it."""
        super().new_file(*args, **kwargs)
        self.held = TemporaryFile()  # noqa: SIM115  # the request closes it

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write it."""
        self.held.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        """The file as the view sees it."""
        self.held.seek(0)
        return UploadedFile(
            self.held, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )

    def upload_interrupted(self) -> None:
        """Nothing is left of it."""
        if hasattr(self, "held"):
            self.held.close()
