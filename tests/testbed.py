"""The ground that every test stands on: one real PostgreSQL for the session, started before Django is configured.

A pytest plugin (``-p testbed``), because Django's settings are read before any conftest.py. Only the controller of
xdist starts the server and migrates a template; every worker tests in its own copy, as the role that serves people.
"""

import os
import shutil
import signal
import tempfile
import traceback
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import template
from pytest_django.plugin import blocking_manager_key

from yigongti.cli.postgres import ADMIN, TESTING, Server
from yigongti.cli.roles import APP, OWNER
from yigongti.config import configuration

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
TEST_DATABASE = f"test_{WORKER}"
_server: Server | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the server (controller only) and point this process's configuration at its own database."""
    global _server
    if WORKER == "main":
        _server = Server(Path(tempfile.mkdtemp(prefix="yigongti-test-")), TESTING)
        _server.start()
        os.environ |= {
            "YIGONGTI_MODE": "test",
            "YIGONGTI_HOME": str(_server.home),
            "YIGONGTI_TEST_ADMIN_URL": _server.url(ADMIN, "postgres"),
            "YIGONGTI_DATABASE_URL": _server.url(APP),
            "YIGONGTI_OWNER_DATABASE_URL": _server.url(OWNER),
        }
    for name in ("YIGONGTI_DATABASE_URL", "YIGONGTI_OWNER_DATABASE_URL"):
        os.environ[name] = urlsplit(os.environ[name])._replace(path=f"/{TEST_DATABASE}").geturl()
    configuration.cache_clear()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Build the template once, before the workers come; a failure fails the tests that need a database."""
    from django.conf import settings

    if _server and settings.configured and not session.config.option.collectonly:
        try:
            with session.config.stash[blocking_manager_key].unblock():
                template.build(_server)
        except Exception:
            os.environ["YIGONGTI_TEST_MIGRATION"] = traceback.format_exc()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Throw the server away."""
    if _server:
        _server.stop(signal.SIGQUIT)
        shutil.rmtree(_server.home, ignore_errors=True)
