"""Addresses of places."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import forms, pages

app_name = "places"
urlpatterns = [
    path("places/", pages.Grids.as_view(), name="grids"),
    path("places/grids/new/", forms.DrawGrid.as_view(), name="grid-new"),
    path("places/grids/<int:pk>/edit/", forms.EditGrid.as_view(), name="grid-edit"),
    path("places/grids/<int:pk>/hand-over/", forms.HandOver.as_view(), name="hand-over"),
    path("places/grids/<int:pk>/end/", forms.EndGrid.as_view(), name="grid-end"),
    path("places/grids/<int:pk>/population/", forms.RecordGridPopulation.as_view(), name="grid-population"),
    path("places/grids/<str:code>/", pages.GridPage.as_view(), name="grid"),
    path("places/served/<int:pk>/", pages.ServedPage.as_view(), name="served"),
    path("places/areas/", pages.Areas.as_view(), name="areas"),
    path("places/areas/new/", forms.AddArea.as_view(), name="area-new"),
    path("places/areas/<str:code>/", pages.AreaPage.as_view(), name="area"),
    path("places/areas/<str:code>/edit/", forms.EditArea.as_view(), name="area-edit"),
    path("places/areas/<str:code>/population/", forms.RecordPopulation.as_view(), name="population"),
]
entry(
    section="登记",
    title="网格",
    url_name="places:grids",
    permission=Permission.REGISTRY_READ,
    order=330,
    icon="map-pin",
)
