"""Addresses of accounts, grants, systems and one's own logins."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from . import pages, system_pages
from .permissions import Permission

app_name = "access"
ACCOUNT, GRANT, SYSTEM = "access/accounts/<int:user_id>/", "access/grants/<int:grant_id>/", "access/systems/"
urlpatterns = [
    path("access/", pages.Accounts.as_view(), name="accounts"),
    path("access/accounts/new/", pages.OpenAccount.as_view(), name="open"),
    path(ACCOUNT, pages.Account.as_view(), name="account"),
    path(f"{ACCOUNT}grant/", pages.GiveRole.as_view(), name="grant"),
    path(f"{ACCOUNT}password/", pages.ResetPassword.as_view(), name="reset-password"),
    path(f"{ACCOUNT}disable/", pages.Disable.as_view(), name="disable"),
    path(f"{ACCOUNT}enable/", pages.Enable.as_view(), name="enable"),
    path(f"{GRANT}revoke/", pages.Revoke.as_view(), name="revoke"),
    path("access/matrix/", pages.Matrix.as_view(), name="matrix"),
    path(SYSTEM, system_pages.Applications.as_view(), name="applications"),
    path(f"{SYSTEM}new/", system_pages.OpenApplication.as_view(), name="application-open"),
    path(f"{SYSTEM}<int:application_id>/", system_pages.Application.as_view(), name="application"),
    path(f"{SYSTEM}<int:application_id>/secret/", system_pages.Rotate.as_view(), name="application-rotate"),
    path(f"{SYSTEM}<int:application_id>/stop/", system_pages.Stop.as_view(), name="application-stop"),
    path(f"{SYSTEM}<int:application_id>/start/", system_pages.Start.as_view(), name="application-start"),
    path("my/sessions/", pages.Sessions.as_view(), name="sessions"),
    path("my/sessions/<slug:key>/end/", pages.EndSession.as_view(), name="end-session"),
    path("my/organization/", pages.Switch.as_view(), name="switch"),
]

SECTION = "系统"
entry(
    section=SECTION,
    title="账号与授权",
    url_name="access:accounts",
    permission=Permission.GRANT_MANAGE,
    order=900,
    icon="users",
)
entry(
    section=SECTION,
    title="接入系统",
    url_name="access:applications",
    permission=Permission.GRANT_MANAGE,
    order=910,
    icon="network",
)
entry(
    section=SECTION,
    title="权限一览",
    url_name="access:matrix",
    permission=Permission.REGISTRY_READ,
    order=920,
    icon="table",
)
