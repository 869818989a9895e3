"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from yigongti.config import configuration
from yigongti.site.front import DatabaseAnswers, Front

#: objects made before the garbage collector looks at the young ones; Python's own 700 are the rows of one page
YOUNG = 20_000


def settle() -> None:
    """Load the addresses now, and leave what stays for good out of the garbage collector's rounds."""
    get_resolver().url_patterns  # noqa: B018  # loads them
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")
application = Front(get_wsgi_application(), DatabaseAnswers(configuration().database_url or ""))
settle()
