"""Settings of everything that lets people and systems in: passwords, lock-out, second factor, sessions, tokens."""

from datetime import timedelta
from typing import Any

from yigongti.config import Configuration
from yigongti.kernel.access.roles import ExternalSystem

SHORTEST_PASSWORD = 10
FAILURES = 5
COOL_OFF = timedelta(minutes=15)
TOKEN_SECONDS = 3600
DJANGO = "django.contrib.auth.password_validation"

PASSWORDS = {
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
    "AUTH_PASSWORD_VALIDATORS": [
        {"NAME": name, "OPTIONS": options}
        for name, options in (
            (f"{DJANGO}.UserAttributeSimilarityValidator", {"user_attributes": ("username", "name", "email")}),
            ("yigongti.site.passwords.LongEnough", {"min_length": SHORTEST_PASSWORD}),
            (f"{DJANGO}.CommonPasswordValidator", {}),
            (f"{DJANGO}.NumericPasswordValidator", {}),
        )
    ],
}

#: no sign-up, no e-mail: accounts are opened by administrators
ACCOUNTS = {
    "LOGIN_URL": "/login/",
    "LOGIN_REDIRECT_URL": "/",
    "AUTHENTICATION_BACKENDS": [
        "axes.backends.AxesStandaloneBackend",
        "yigongti.kernel.access.backends.GrantedBackend",
    ],
    "ACCOUNT_ADAPTER": "yigongti.site.auth.AccountAdapter",
    "ACCOUNT_LOGIN_METHODS": {"username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_LOGOUT_REDIRECT_URL": "/login/",
    "ACCOUNT_RATE_LIMITS": False,  # the lock-out counts in the database, for all processes
    "MFA_ADAPTER": "yigongti.site.auth.SecondFactorAdapter",
    "MFA_FORMS": {"authenticate": "yigongti.site.auth.SecondFactorForm"},
    "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes"],
    "MFA_TOTP_ISSUER": "医共体协同平台",
    "MFA_TOTP_TOLERANCE": 1,
}

LOCK_OUT = {
    "AXES_FAILURE_LIMIT": FAILURES,
    "AXES_COOLOFF_TIME": COOL_OFF,
    "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
    "AXES_RESET_ON_SUCCESS": True,
    "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
    "AXES_DISABLE_ACCESS_LOG": True,  # the audit has it
    "AXES_VERBOSE": False,
    "AXES_CLIENT_IP_CALLABLE": "yigongti.kernel.access.addresses.client_address",
    "AXES_LOCKOUT_CALLABLE": "yigongti.site.auth.locked_out",
    "AXES_SENSITIVE_PARAMETERS": ["login", "username", "password", "oldpassword", "password1", "password2", "code"],
}

TOKENS: dict[str, Any] = {
    "OAUTH2_PROVIDER_APPLICATION_MODEL": "access.Application",
    "OAUTH2_PROVIDER": {
        "SCOPES_BACKEND_CLASS": "yigongti.kernel.access.applications.GrantedScopes",
        "SCOPES": {permission.value: permission.title for permission in sorted(ExternalSystem.permissions)},
        "ACCESS_TOKEN_EXPIRE_SECONDS": TOKEN_SECONDS,
        "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # only digests of tokens are stored
    },
}


def signing_in(configuration: Configuration) -> dict[str, Any]:
    """Django's settings for logging in."""
    sessions = {
        "SESSION_ENGINE": "yigongti.kernel.access.sessions",
        "SESSION_COOKIE_AGE": configuration.session_idle_minutes * 60,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        # a notice may show a temporary password once: not in a cookie
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
    }
    if configuration.mode == "test":
        # scrypt takes a tenth of a second by design
        sessions["PASSWORD_HASHERS"] = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return PASSWORDS | ACCOUNTS | LOCK_OUT | TOKENS | sessions
