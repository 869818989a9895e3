"""Addresses of policies."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import decisions, pages

app_name = "policy"
urlpatterns = [
    path("policies/", pages.Policies.as_view(), name="policies"),
    path("policies/check/", pages.Check.as_view(), name="check"),
    path("policies/revisions/", decisions.Revisions.as_view(), name="revisions"),
    path("policies/revisions/<int:revision_id>/", decisions.Revision.as_view(), name="revision"),
    path("policies/revisions/<int:revision_id>/approve/", decisions.Approve.as_view(), name="approve"),
    path("policies/revisions/<int:revision_id>/reject/", decisions.Reject.as_view(), name="reject"),
    path("policies/revisions/<int:revision_id>/retire/", decisions.Retire.as_view(), name="retire"),
    path("policies/<slug:room>/<slug:policy>/", pages.PolicyPage.as_view(), name="policy"),
    path("policies/<slug:room>/<slug:policy>/comparison/", pages.Comparison.as_view(), name="comparison"),
    path("policies/<slug:room>/<slug:policy>/propose/", pages.Propose.as_view(), name="propose"),
]
entry(
    section="系统", title="规则", url_name="policy:policies", permission=Permission.POLICY_READ, order=910, icon="gavel"
)
