"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path
from oauth2_provider.views import TokenView

from . import auth
from .api import api
from .health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("api/token", TokenView.as_view(), name="token"),
    path("api/", api.urls),
    path("fhir/R4/", include("yigongti.records.exchange.fhir.urls")),
    *auth.urlpatterns,
    path("", include("yigongti.kernel.access.urls")),
    path("", include("yigongti.kernel.notices.urls")),
    path("", include("yigongti.kernel.jobs.urls")),
    path("", include("yigongti.kernel.audit.urls")),
    path("ui/", include("yigongti.kernel.ui.urls")),
    path("", include("yigongti.kernel.facts.urls")),
    path("", include("yigongti.records.residents.urls")),
    path("", include("yigongti.records.health_record.urls")),
    path("", include("yigongti.records.privacy.urls")),
    path("", include("yigongti.records.exchange.urls")),
    path("", include("yigongti.records.exchange.webhooks.urls")),
    path("", include("yigongti.records.exchange.mllp.urls")),
    path("", include("yigongti.records.exchange.documents.urls")),
    path("", include("yigongti.records.exchange.extracts.urls")),
    path("", include("yigongti.records.exchange.quality.urls")),
    path("", include("yigongti.registry.organizations.urls")),
    path("", include("yigongti.registry.consortia.urls")),
    path("", include("yigongti.registry.staff.urls")),
    path("", include("yigongti.registry.places.urls")),
    path("", include("yigongti.registry.terminology.urls")),
    path("", include("yigongti.registry.sheets.urls")),
    path("", include("yigongti.kernel.policy.urls")),
    path("", include("yigongti.medicine.catalogue.urls")),
    path("", include("yigongti.care.referral.urls")),
    path("", include("yigongti.insight.reporting.urls")),
    path("", include("yigongti.insight.results.urls")),
    path("", include("yigongti.insight.dashboards.urls")),
    path("", include("yigongti.insight.alarms.urls")),
    path("", include("yigongti.insight.evaluation.targets.urls")),
    path("", include("yigongti.insight.evaluation.urls")),
    path("", include("yigongti.desks.workbench.urls")),
    path("", include("yigongti.desks.resident.urls")),
]

handler400 = "yigongti.kernel.ui.errors.bad_request"
handler403 = "yigongti.kernel.ui.errors.forbidden"
handler404 = "yigongti.kernel.ui.errors.not_found"
handler500 = "yigongti.kernel.ui.errors.server_error"
