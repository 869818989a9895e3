"""Addresses of organisations."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import forms, pages

app_name = "organizations"
urlpatterns = [
    path("organizations/", pages.Organizations.as_view(), name="organizations"),
    path("organizations/new/", forms.OpenOrganization.as_view(), name="open"),
    path("organizations/functions/", pages.Functions.as_view(), name="functions"),
    path("organizations/functions/new/", forms.AssignTierFunction.as_view(), name="function-new"),
    path("organizations/functions/<int:pk>/end/", forms.EndFunction.as_view(), name="function-end"),
    path("organizations/departments/<int:pk>/edit/", forms.EditDepartment.as_view(), name="department-edit"),
    path("organizations/departments/<int:pk>/close/", forms.CloseDepartment.as_view(), name="department-close"),
    path("organizations/<int:pk>/", pages.OrganizationPage.as_view(), name="organization"),
    path("organizations/<int:pk>/edit/", forms.EditOrganization.as_view(), name="edit"),
    path("organizations/<int:pk>/close/", forms.CloseOrganization.as_view(), name="close"),
    path("organizations/<int:pk>/departments/new/", forms.OpenDepartment.as_view(), name="department-new"),
    path("organizations/<int:pk>/functions/new/", forms.AssignFunction.as_view(), name="function-own"),
]
entry(
    section="登记",
    title="机构",
    url_name="organizations:organizations",
    permission=Permission.REGISTRY_READ,
    order=300,
    icon="building-hospital",
)
entry(
    section="登记",
    title="功能定位",
    url_name="organizations:functions",
    permission=Permission.REGISTRY_READ,
    order=340,
    icon="list-check",
)
