"""Addresses of the referral room."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import queries
from .pages import case, lists, medication, person, printing, proposals, readiness, shortages, statistics, steps

app_name = "referral"
urlpatterns = [
    path("referrals/", lists.All.as_view(), name="register"),
    path("referrals/office/", lists.OfficeLists.as_view(), name="office"),
    path("referrals/mine/", lists.MyLists.as_view(), name="mine"),
    path("referrals/late/", lists.LateList.as_view(), name="late"),
    path("referrals/statistics/", statistics.Statistics.as_view(), name="statistics"),
    path("referrals/statistics/list/", statistics.Counted.as_view(), name="counted"),
    path("referrals/statistics/<slug:key>/<slug:direction>/", statistics.Explained.as_view(), name="explained"),
    path("referrals/drugs/find/", medication.Find.as_view(), name="drugs-find"),
    path("referrals/drugs/check/", medication.Check.as_view(), name="drugs-check"),
    path("referrals/shortages/", shortages.Shortages.as_view(), name="shortages"),
    path("referrals/shortages/<int:organization_id>/<path:drug>/", shortages.Requests.as_view(), name="shortage"),
    path("referrals/for/<uuid:resident_id>/", proposals.Proposals.as_view(), name="proposals"),
    path("referrals/for/<uuid:resident_id>/card/", person.Card.as_view(), name="card"),
    path("referrals/for/<uuid:resident_id>/begin/", proposals.Begin.as_view(), name="begin"),
    path("referrals/for/<uuid:resident_id>/change/", proposals.Change.as_view(), name="change"),
    path("referrals/for/<uuid:resident_id>/down/", proposals.BeginDown.as_view(), name="begin-down"),
    path("referrals/for/<uuid:resident_id>/dismiss/", proposals.Dismiss.as_view(), name="dismiss"),
    path("referrals/<uuid:referral_id>/", case.CaseView.as_view(), name="case"),
    path("referrals/<uuid:referral_id>/send/", steps.SendView.as_view(), name="send"),
    path("referrals/<uuid:referral_id>/print/", printing.PrintView.as_view(), name="print"),
    path("referrals/<uuid:referral_id>/not-down/", readiness.NotDown.as_view(), name="not-down"),
    path("referrals/<uuid:referral_id>/down-otherwise/", readiness.Otherwise.as_view(), name="down-otherwise"),
    path("referrals/<uuid:referral_id>/<slug:step>/", steps.StepView.as_view(), name="step"),
]

SECTION = "双向转诊"
entry(
    section=SECTION,
    title="转诊受理",
    url_name="referral:office",
    permission=Permission.REFERRAL_ACCEPT,
    order=100,
    icon="clipboard-list",
    tab=True,
    badge=lambda actor: queries.to_accept(actor).order_by().count(),
)
entry(
    section=SECTION,
    title="我的转诊",
    url_name="referral:mine",
    permission=lists.MyLists.permission,
    order=101,
    icon="arrows-exchange",
    tab=True,
    badge=lambda actor: queries.to_do(actor).order_by().count(),
)
entry(
    section=SECTION,
    title="超时事项",
    url_name="referral:late",
    permission=Permission.CASE_REASSIGN,
    order=102,
    icon="alarm",
    badge=lambda actor: queries.overdue(actor).order_by().count(),
)
entry(section=SECTION, title="转诊登记", url_name="referral:register", permission=case.reads, order=103, icon="list")
entry(
    section=SECTION,
    title="转诊统计",
    url_name="referral:statistics",
    permission=Permission.REFERRAL_STATISTICS,
    order=104,
    icon="chart-bar",
)
entry(
    section="医药",
    title="缺药清单",
    url_name="referral:shortages",
    permission=Permission.SHORTAGE_READ,
    order=251,
    icon="alert-circle",
)
