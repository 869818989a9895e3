"""Addresses of indicators and their explanations."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages, registers

app_name = "results"
NUMBER = "indicators/<slug:set>/<str:indicator>/<slug:level>/<str:key>/<str:period>/"
urlpatterns = [
    path("indicators/", pages.Indicators.as_view(), name="indicators"),
    path("indicators/refresh/", pages.Refresh.as_view(), name="refresh"),
    path("indicators/progress/", pages.Progress.as_view(), name="progress"),
    path("indicators/runs/", registers.Runs.as_view(), name="runs"),
    path("indicators/restatements/", registers.Restatements.as_view(), name="restatements"),
    path(NUMBER, pages.Explain.as_view(), name="explain"),
    path(f"{NUMBER}records/<slug:side>/", pages.Records.as_view(), name="records"),
]
entry(
    section="监测评价",
    title="指标",
    url_name="results:indicators",
    permission=Permission.INDICATOR_READ,
    order=410,
    icon="chart-bar",
)
