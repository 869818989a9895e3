"""Addresses of the data dictionary."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "facts"
urlpatterns = [
    path("facts/", pages.Facts.as_view(), name="facts"),
    path("facts/<slug:name>/", pages.FactPage.as_view(), name="fact"),
]
entry(section="系统", title="数据字典", url_name="facts:facts", permission=pages.may_read, order=920, icon="database")
