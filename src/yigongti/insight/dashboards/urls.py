"""Addresses of dashboards."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "dashboards"
urlpatterns = [
    path("dashboards/", pages.Home.as_view(), name="home"),
    path("dashboards/worst/<slug:role>/", pages.WorstOf.as_view(), name="worst"),
    path("dashboards/wall/", pages.OnTheWall.as_view(), name="wall"),
    path("dashboards/wall/<slug:level>/<str:key>/", pages.OnTheWall.as_view(), name="wall-of"),
    path("dashboards/<slug:level>/<str:key>/", pages.ScreenOf.as_view(), name="screen"),
    path(
        "dashboards/<slug:set>/<str:indicator>/<slug:level>/<str:key>/",
        pages.IndicatorOf.as_view(),
        name="indicator",
    ),
]
entry(
    section="监测评价",
    title="运行监测",
    url_name="dashboards:home",
    permission=Permission.INDICATOR_READ,
    order=400,
    icon="device-desktop-analytics",
)
