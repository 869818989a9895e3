"""Addresses of a resident's record."""

from django.urls import path

from . import entry_forms, forms, pages, reading

app_name = "record"
urlpatterns = [
    path("record/concepts/", forms.Concepts.as_view(), name="concepts"),
    path("record/<uuid:resident_id>/", pages.ResidentPage.as_view(), name="resident"),
    path("record/<uuid:resident_id>/timeline/", pages.TimelinePart.as_view(), name="timeline"),
    path("record/<uuid:resident_id>/entry/<slug:kind>/<uuid:entry_id>/", reading.EntryPage.as_view(), name="entry"),
    path("record/<uuid:resident_id>/results/", reading.Results.as_view(), name="results"),
    path("record/<uuid:resident_id>/summary/", reading.Summary.as_view(), name="summary"),
    path("record/<uuid:resident_id>/about/", pages.About.as_view(), name="about"),
    path("record/<uuid:resident_id>/readers/", pages.Readers.as_view(), name="readers"),
    path("record/<uuid:resident_id>/visit/", forms.RecordVisit.as_view(), name="visit"),
    path("record/<uuid:resident_id>/visit/<uuid:entry_id>/", forms.CorrectVisit.as_view(), name="correct-visit"),
    path("record/<uuid:resident_id>/diagnose/", forms.Diagnose.as_view(), name="diagnose"),
    path("record/<uuid:resident_id>/prescribe/", forms.Prescribe.as_view(), name="prescribe"),
    path("record/<uuid:resident_id>/stop/<uuid:entry_id>/", forms.Stop.as_view(), name="stop"),
    path("record/<uuid:resident_id>/allergy/", forms.RecordAllergy.as_view(), name="allergy"),
    path("record/<uuid:resident_id>/family/", entry_forms.RecordFamily.as_view(), name="family"),
    path("record/<uuid:resident_id>/immunization/", entry_forms.RecordImmunization.as_view(), name="immunization"),
    path("record/<uuid:resident_id>/report/", entry_forms.RecordReport.as_view(), name="report"),
    path(
        "record/<uuid:resident_id>/correct/<slug:kind>/<uuid:entry_id>/",
        entry_forms.CorrectEntry.as_view(),
        name="correct",
    ),
    path("record/<uuid:resident_id>/void/<slug:kind>/<uuid:entry_id>/", forms.Void.as_view(), name="void"),
    path("record/<uuid:resident_id>/upload/", forms.Upload.as_view(), name="upload"),
    path("record/<uuid:resident_id>/documents/<uuid:document_id>/", pages.Attachment.as_view(), name="document"),
]
