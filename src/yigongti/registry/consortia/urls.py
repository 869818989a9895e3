"""Addresses of consortia."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import forms, pages

app_name = "consortia"
urlpatterns = [
    path("consortia/", pages.Consortia.as_view(), name="consortia"),
    path("consortia/new/", forms.Found.as_view(), name="found"),
    path("consortia/members/<int:pk>/edit/", forms.ChangeDuties.as_view(), name="member-edit"),
    path("consortia/members/<int:pk>/end/", forms.EndMembership.as_view(), name="member-end"),
    path("consortia/centres/<int:pk>/end/", forms.CloseCentre.as_view(), name="centre-end"),
    path("consortia/assistance/<int:pk>/end/", forms.EndAssistance.as_view(), name="assistance-end"),
    path("consortia/<int:pk>/", pages.ConsortiumPage.as_view(), name="consortium"),
    path("consortia/<int:pk>/picture/", pages.PicturePage.as_view(), name="picture"),
    path("consortia/<int:pk>/edit/", forms.EditConsortium.as_view(), name="edit"),
    path("consortia/<int:pk>/dissolve/", forms.Dissolve.as_view(), name="dissolve"),
    path("consortia/<int:pk>/members/new/", forms.Admit.as_view(), name="admit"),
    path("consortia/<int:pk>/lead/", forms.NameLead.as_view(), name="lead"),
    path("consortia/<int:pk>/centres/new/", forms.OpenCentre.as_view(), name="centre-new"),
    path("consortia/<int:pk>/assistance/new/", forms.ArrangeAssistance.as_view(), name="assistance-new"),
]
entry(
    section="登记",
    title="医共体",
    url_name="consortia:consortia",
    permission=Permission.REGISTRY_READ,
    order=310,
    icon="sitemap",
)
