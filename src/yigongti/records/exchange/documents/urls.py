"""Addresses of the documents."""

from django.urls import path

from . import views

app_name = "documents"
urlpatterns = [
    path("record/<uuid:resident_id>/summary.json", views.Fhir.as_view(), name="fhir"),
    path("record/<uuid:resident_id>/summary.pdf", views.Pdf.as_view(), name="pdf"),
]
