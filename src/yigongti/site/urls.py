"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from . import auth
from .api import api
from .health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("api/", api.urls),
    *auth.urlpatterns,
    path("ui/", include("yigongti.kernel.ui.urls")),
    path("", include("yigongti.kernel.facts.urls")),
    path("", include("yigongti.kernel.policy.urls")),
]

handler400 = "yigongti.kernel.ui.errors.bad_request"
handler403 = "yigongti.kernel.ui.errors.forbidden"
handler404 = "yigongti.kernel.ui.errors.not_found"
handler500 = "yigongti.kernel.ui.errors.server_error"
