"""Addresses of the audit."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "audit"
urlpatterns = [
    path("audit/", pages.Entries.as_view(), name="entries"),
    path("audit/<int:entry_id>/", pages.OneEntry.as_view(), name="entry"),
    path("audit/chain/", pages.Chain.as_view(), name="chain"),
    path("audit/chain/walk/", pages.Walk.as_view(), name="walk"),
]

entry(
    section="系统",
    title="审计",
    url_name="audit:entries",
    permission=Permission.AUDIT_READ,
    order=930,
    icon="shield-check",
)
