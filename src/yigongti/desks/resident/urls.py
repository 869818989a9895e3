"""Addresses of a resident's own pages."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "my"
urlpatterns = [path("my/", pages.Home.as_view(), name="home")]

entry(
    section="我的",
    title="首页",
    url_name="my:home",
    permission=Permission.OWN_RECORD,
    order=1,
    icon="home",
    tab=True,
)
