"""Static files with hashed names and compressed copies."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Files(CompressedManifestStaticFilesStorage):
    """As whitenoise, but a file that was not collected keeps its plain name instead of breaking the page."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one when the file has not been collected."""
        try:
            return super().stored_name(name)
        except ValueError:
            return name
