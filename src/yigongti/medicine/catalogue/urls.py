"""Addresses of the formulary."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import forms, pages

app_name = "catalogue"
urlpatterns = [
    path("formulary/", pages.Drugs.as_view(), name="drugs"),
    path("formulary/new/", forms.AddDrug.as_view(), name="add"),
    path("formulary/<int:pk>/", pages.DrugPage.as_view(), name="drug"),
    path("formulary/<int:pk>/edit/", forms.EditDrug.as_view(), name="edit"),
    path("formulary/<int:pk>/stop/", forms.StopDrug.as_view(), name="stop"),
    path("formulary/<int:pk>/supply/", forms.SupplyDrug.as_view(), name="supply"),
    path("formulary/<int:pk>/supply/<int:organization_id>/", forms.ListDrug.as_view(), name="list"),
    path("formulary/supplies/<int:pk>/stop/", forms.StopSupply.as_view(), name="supply-stop"),
]
entry(
    section="医药",
    title="用药目录",
    url_name="catalogue:drugs",
    permission=Permission.FORMULARY_READ,
    order=250,
    icon="pill",
)
