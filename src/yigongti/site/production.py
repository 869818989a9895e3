"""What a production installation has more than a demonstration: settings for HTTPS, and a look at the database role."""

from typing import Any
from urllib.parse import urlsplit

import psycopg

from yigongti.config import Configuration, DatabaseRole

YEAR = 365 * 24 * 3600

ROLE = """
SELECT rolname, rolsuper, rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c
               JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
               WHERE c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'USAGE'))
FROM pg_roles r WHERE rolname = current_user
"""


def database_role(url: str) -> DatabaseRole:
    """What the role of ``url`` may do in its database. Raises psycopg's OperationalError when it cannot log in."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(ROLE).fetchone()
    if row is None:
        raise psycopg.OperationalError("the current role is not in pg_roles")
    return DatabaseRole(*row)


def hardening(configuration: Configuration) -> dict[str, Any]:
    """Django's security settings; cookies and HSTS need HTTPS, which the address that people use tells."""
    settings: dict[str, Any] = {
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SAMESITE": "Lax",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
    }
    if urlsplit(configuration.public_url).scheme == "https":
        settings |= {
            "SESSION_COOKIE_SECURE": True,
            "CSRF_COOKIE_SECURE": True,
            "SECURE_HSTS_SECONDS": YEAR,
            # the proxy that speaks TLS says so; it must overwrite this header
            "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        }
    return settings
