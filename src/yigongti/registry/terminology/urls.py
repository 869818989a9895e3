"""Addresses of terminology."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import forms, pages

app_name = "terminology"
urlpatterns = [
    path("terminology/", pages.Concepts.as_view(), name="concepts"),
    path("terminology/systems/new/", forms.DefineSystem.as_view(), name="system-new"),
    path("terminology/new/", forms.AddConcept.as_view(), name="concept-new"),
    path("terminology/<int:pk>/edit/", forms.EditConcept.as_view(), name="concept-edit"),
    path("terminology/<int:pk>/retire/", forms.RetireConcept.as_view(), name="concept-retire"),
    path("terminology/<int:pk>/", pages.ConceptPage.as_view(), name="concept"),
]
entry(
    section="登记",
    title="术语",
    url_name="terminology:concepts",
    permission=Permission.REGISTRY_READ,
    order=350,
    icon="book",
)
