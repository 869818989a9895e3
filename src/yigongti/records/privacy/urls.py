"""Addresses of this room."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "privacy"
urlpatterns = [
    path("objections/", pages.Objections.as_view(), name="objections"),
    path("objections/<uuid:case_id>/", pages.ObjectionPage.as_view(), name="objection"),
    path("objections/<uuid:case_id>/<slug:step>/", pages.ObjectionStep.as_view(), name="step"),
    path("shared/", pages.Redeem.as_view(), name="redeem"),
    path("record/<uuid:resident_id>/object/<slug:kind>/<uuid:entry_id>/", pages.ObjectFor.as_view(), name="object-for"),
]

entry(
    section="居民",
    title="档案异议",
    url_name="privacy:objections",
    permission=Permission.OBJECTION_HANDLE,
    order=206,
    icon="message-2",
    badge=lambda actor: pages.to_handle(actor).order_by().count(),
)
entry(
    section="居民",
    title="凭授权码查看",
    url_name="privacy:redeem",
    permission=Permission.RECORD_READ,
    order=207,
    icon="key",
)
