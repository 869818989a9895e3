"""Addresses of what comes in."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages, source_pages

app_name = "exchange"
urlpatterns = [
    path("exchange/loads/", pages.Loads.as_view(), name="loads"),
    path("exchange/loads/new/", pages.Upload.as_view(), name="upload"),
    path("exchange/loads/<uuid:pk>/", pages.LoadPage.as_view(), name="load"),
    path("exchange/loads/<uuid:pk>/rejected/", pages.Rejected.as_view(), name="rejected"),
    path("exchange/templates/<slug:name>/", pages.Template.as_view(), name="template"),
    path("exchange/systems/", source_pages.Systems.as_view(), name="systems"),
    path("exchange/systems/new/", source_pages.RegisterSystem.as_view(), name="register-system"),
    path("exchange/systems/<slug:code>/", source_pages.SystemPage.as_view(), name="system"),
    path("exchange/systems/<slug:code>/change/", source_pages.ChangeSystem.as_view(), name="change-system"),
    path("exchange/systems/<slug:code>/retire/", source_pages.RetireSystem.as_view(), name="retire-system"),
    path("exchange/systems/<slug:code>/revive/", source_pages.ReviveSystem.as_view(), name="revive-system"),
]
entry(
    section="数据交换",
    title="数据接收",
    url_name="exchange:loads",
    permission=Permission.EXCHANGE_RECEIVE,
    order=380,
    icon="upload",
)
entry(
    section="数据交换",
    title="来源系统",
    url_name="exchange:systems",
    permission=Permission.EXCHANGE_RECEIVE,
    order=381,
    icon="building",
)
