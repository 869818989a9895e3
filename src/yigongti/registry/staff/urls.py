"""Addresses of staff."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import forms, pages

app_name = "staff"
urlpatterns = [
    path("staff/", pages.Staff.as_view(), name="staff"),
    path("staff/new/", forms.RegisterPractitioner.as_view(), name="register"),
    path("staff/positions/<int:pk>/edit/", forms.EditPosition.as_view(), name="position-edit"),
    path("staff/positions/<int:pk>/end/", forms.EndPosition.as_view(), name="position-end"),
    path("staff/<int:pk>/", pages.PractitionerPage.as_view(), name="practitioner"),
    path("staff/<int:pk>/edit/", forms.EditPractitioner.as_view(), name="edit"),
    path("staff/<int:pk>/positions/new/", forms.Appoint.as_view(), name="appoint"),
    path("staff/<int:pk>/dispatch/", forms.Dispatch.as_view(), name="dispatch"),
]
entry(
    section="登记", title="人员", url_name="staff:staff", permission=Permission.REGISTRY_READ, order=320, icon="users"
)
