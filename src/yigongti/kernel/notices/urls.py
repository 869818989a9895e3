"""Addresses of one's own notices."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from . import pages, services

app_name = "notices"
urlpatterns = [
    path("my/notices/", pages.Notices.as_view(), name="list"),
    path("my/notices/read/", pages.ReadAll.as_view(), name="read-all"),
    path("my/notices/<int:notice_id>/", pages.Open.as_view(), name="open"),
]

entry(section="工作台", title="消息", url_name="notices:list", order=5, icon="bell", badge=services.unread, tab=True)
