"""Django settings, derived from :class:`yigongti.config.Configuration`."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from yigongti.config import configuration
from yigongti.site.production import hardening
from yigongti.site.signing_in import signing_in

CONFIG = configuration()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = CONFIG.secret_key.get_secret_value()
DEBUG = CONFIG.debug
ALLOWED_HOSTS = (
    ["*"] if CONFIG.mode != "production" else [urlsplit(CONFIG.public_url).hostname or "localhost", "127.0.0.1"]
)
CSRF_TRUSTED_ORIGINS = [CONFIG.public_url] if CONFIG.public_url else []

FLOORS = [
    "yigongti.kernel.access",
    "yigongti.kernel.audit",
    "yigongti.kernel.policy",
    "yigongti.kernel.events",
    "yigongti.kernel.notices",
    "yigongti.kernel.jobs",
    "yigongti.kernel.cases",
    "yigongti.kernel.facts",
    "yigongti.kernel.ui",
    "yigongti.registry.terminology",
    "yigongti.registry.organizations",
    "yigongti.registry.consortia",
    "yigongti.registry.places",
    "yigongti.registry.staff",
    "yigongti.registry.sheets",
    "yigongti.records.linkage",
    "yigongti.records.residents",
    "yigongti.records.health_record",
    "yigongti.records.privacy",
    "yigongti.records.exchange",
    "yigongti.records.exchange.changes",
    "yigongti.records.exchange.webhooks",
    "yigongti.records.exchange.mllp",
    "yigongti.records.exchange.documents",
    "yigongti.records.exchange.extracts",
    "yigongti.records.exchange.quality",
    "yigongti.medicine.catalogue",
    "yigongti.care.referral",
    "yigongti.insight.indicators",
    "yigongti.insight.warehouse",
    "yigongti.insight.results",
    "yigongti.insight.reporting",
    "yigongti.insight.evaluation",
    "yigongti.insight.evaluation.targets",
    "yigongti.insight.dashboards",
    "yigongti.insight.alarms",
    "yigongti.insight.simulator",
    "yigongti.desks.workbench",
    "yigongti.desks.resident",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pgtrigger",
    "django_cotton",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    # before allauth, whose templates ours replace
    *FLOORS,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "oauth2_provider",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "yigongti.kernel.ui.security.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "yigongti.kernel.access.middleware.Authentication",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "yigongti.site.problems.Problems",
    "yigongti.kernel.ui.errors.Errors",
    "yigongti.kernel.access.middleware.ActorMiddleware",
]

AUTH_USER_MODEL = "access.User"

ROOT_URLCONF = "yigongti.site.urls"
WSGI_APPLICATION = "yigongti.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yigongti.kernel.ui.shell.shell",
            ],
            "builtins": ["yigongti.kernel.ui.templatetags.ui"],
        },
    }
]


def database(url: str) -> dict[str, object]:
    """A Django database entry from ``postgresql://user:password@host:port/name``; ``?host=`` names a socket folder."""
    parts = urlsplit(url)
    socket_folder = parse_qs(parts.query).get("host", [""])[0]
    return {
        "ENGINE": "yigongti.site.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": socket_folder or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # statements are prepared where the code asks for it (kernel.prepared), never by themselves
        "OPTIONS": {"prepare_threshold": 1_000_000_000},
    }


_url = CONFIG.database_url or "postgresql://yigongti_app@127.0.0.1:5432/yigongti"
DATABASES = {
    # people and jobs: neither owns the tables nor bypasses row-level security
    "default": database(_url),
    # migrations only
    "owner": database(CONFIG.owner_database_url or _url),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or CONFIG.mode == "test"
        else "yigongti.kernel.ui.storage.Files"
    },
}
# without collected files (development, tests) they are served from where they are
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = DEBUG or CONFIG.mode == "test"
# what is uploaded has no name on the disk, so that nothing of it can stay there
FILE_UPLOAD_HANDLERS = [
    "yigongti.site.uploads.Limit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "yigongti.site.uploads.Unnamed",
]
FILTERS_EMPTY_CHOICE_LABEL = "全部"
CSRF_FAILURE_VIEW = "yigongti.kernel.ui.errors.csrf_failure"
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
SILENCED_SYSTEM_CHECKS: list[str] = []

DEFAULT_EXCEPTION_REPORTER = "yigongti.kernel.ciphers.masking.MaskingReporter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": {"()": "yigongti.kernel.ciphers.masking.MaskingFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask"]}},
    "root": {"handlers": ["console"], "level": "INFO" if CONFIG.mode != "test" else "WARNING"},
    # Django's own handlers would print unmasked
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("django", "django.server")}
    | {name: {"level": "WARNING"} for name in ("axes", "procrastinate")},
}
locals().update(signing_in(CONFIG) | hardening(CONFIG))
