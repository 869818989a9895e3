"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from yigongti.config import configuration
from yigongti.site.front import DatabaseAnswers, Front

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")
application = Front(get_wsgi_application(), DatabaseAnswers(configuration().database_url or ""))
