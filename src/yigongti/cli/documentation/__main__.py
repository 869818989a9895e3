"""Write the generated documents, or say which are out of date (``--check``, exit code 1)."""

import os
import sys
from pathlib import Path

import django


def main(arguments: list[str]) -> int:
    """Run in a checkout: ``docs/`` stands in the current folder."""
    os.environ.setdefault("YIGONGTI_MODE", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")
    django.setup()
    from .files import outdated, write

    docs = Path("docs")
    if "--check" in arguments:
        for path in (late := outdated(docs)):
            print(f"{path} is out of date: run make docs", file=sys.stderr)  # noqa: T201
        return 1 if late else 0
    for path in write(docs):
        print(path)  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
