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

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one when the file has not been collected."""
        try:
            return super().stored_name(name)
        except ValueError:
            return name

    def create_compressor(self, **options: Any) -> Compressor:
        """The compressor of collected files."""
        return QuickCompressor(**options)
