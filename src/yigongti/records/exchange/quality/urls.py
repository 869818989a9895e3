"""Addresses of the quality of sources."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import explaining, pages

app_name = "quality"
urlpatterns = [
    path("exchange/quality/", pages.Ranking.as_view(), name="ranking"),
    path("exchange/quality/method/", explaining.Method.as_view(), name="method"),
    path("exchange/quality/<str:source>/", pages.SourcePage.as_view(), name="source"),
    path("exchange/quality/<str:source>/<str:month>/", pages.MonthPage.as_view(), name="month"),
    path("exchange/quality/<str:source>/<str:month>/<str:measure>/", explaining.MeasurePage.as_view(), name="measure"),
]
entry(
    section="数据交换",
    title="数据质量",
    url_name="quality:ranking",
    permission=Permission.EXCHANGE_QUALITY,
    order=382,
    icon="chart-line",
)
