"""Addresses of the FHIR server."""

from django.urls import path, re_path

from . import declarations, exporting, matching, views  # noqa: F401 the types must be there

app_name = "fhir"
TYPE = r"(?P<type_>[A-Za-z]{2,40})"
KEY = r"(?P<key>[A-Za-z0-9\-.]{1,64})"

urlpatterns = [
    path("metadata", views.metadata, name="metadata"),
    path(".well-known/smart-configuration", views.smart, name="smart"),
    path("$export", exporting.kick_off, {"level": "system"}, name="export"),
    path("Patient/$export", exporting.kick_off, {"level": "Patient"}, name="patient-export"),
    re_path(rf"^Group/{KEY}/\$export$", exporting.kick_off, {"level": "Group"}, name="group-export"),
    path("$export-status/<uuid:key>", exporting.status, name="export-status"),
    path("$export-file/<uuid:key>/<str:type_>.ndjson", exporting.file, name="export-file"),
    path("Patient/$match", matching.match, name="match"),
    re_path(rf"^Patient/{KEY}/\$everything$", views.everything, name="everything"),
    re_path(rf"^Binary/{KEY}$", views.binary, name="binary"),
    re_path(rf"^{TYPE}/_search$", views.search, name="search"),
    re_path(rf"^{TYPE}/{KEY}/_history/(?P<version>[0-9A-Za-z]{{1,20}})$", views.of_version, name="version"),
    re_path(rf"^{TYPE}/{KEY}/_history$", views.history, name="history"),
    re_path(rf"^{TYPE}/?$", views.of_type, name="type"),
    re_path(rf"^{TYPE}/{KEY}$", views.of_id, name="resource"),
    re_path(r"^$", views.root, name="root"),
    re_path(r"^(?P<rest>.*)$", views.nothing, name="nothing"),
]
