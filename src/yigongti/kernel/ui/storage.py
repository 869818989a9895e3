"""Static files with hashed names and compressed copies."""

from typing import Any

import brotli  # type: ignore[import-untyped]
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

#: a tenth of the time of the highest quality for a sixth more bytes: a first start must be quick
QUALITY = 9


class QuickCompressor(Compressor):
    """Brotli and gzip, quickly."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        """The compressed bytes."""
        compressed: bytes = brotli.compress(data, quality=QUALITY)
        return compressed


class Files(CompressedManifestStaticFilesStorage):
    """As whitenoise, but a file that was not collected keeps its plain name instead of breaking the page."""

    manifest_strict = False
    _addresses: dict[str, str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses = {}

    def url(self, name: str | None, force: bool = False) -> str:
        """Where a file is: looked up once, because every page asks for every icon."""
        if force or name is None:
            return super().url(name, force)
        found = self._addresses.get(name)
        if found is None:
            found = self._addresses[name] = super().url(name)
        return found

    def post_process(self, *args: Any, **kwargs: Any) -> Any:
        """Give the files their names; what was looked up before is forgotten."""
        self._addresses.clear()
        return super().post_process(*args, **kwargs)

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one when the file has not been collected."""
        try:
            return super().stored_name(name)
        except ValueError:
            return name

    def create_compressor(self, **options: Any) -> Compressor:
        """The compressor of collected files."""
        return QuickCompressor(**options)
