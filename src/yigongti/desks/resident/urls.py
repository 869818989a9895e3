"""Addresses of a resident's own pages."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages, rights

app_name = "my"
urlpatterns = [
    path("my/", pages.Home.as_view(), name="home"),
    path("my/code/", pages.Code.as_view(), name="code"),
    path("my/code/picture/", pages.CodePicture.as_view(), name="code-picture"),
    path("my/referrals/", pages.MyReferrals.as_view(), name="referrals"),
    path("my/referrals/<uuid:referral_id>/", pages.MyReferral.as_view(), name="referral"),
    path("my/results/", pages.Results.as_view(), name="results"),
    path("my/readers/", pages.Readers.as_view(), name="readers"),
    path("my/consents/", pages.Consents.as_view(), name="consents"),
    path("my/consents/<slug:kind>/", pages.ChangeConsent.as_view(), name="consent"),
    path("my/privacy/", rights.Privacy.as_view(), name="privacy"),
    path("my/privacy/<slug:category>/", rights.ChangeHiding.as_view(), name="hide"),
    path("my/sharing/", rights.Sharing.as_view(), name="sharing"),
    path("my/sharing/<uuid:share_id>/", rights.Revoke.as_view(), name="revoke"),
    path("my/record/", rights.Record.as_view(), name="record"),
    path("my/record/<slug:kind>/<uuid:entry_id>/", rights.Object.as_view(), name="object"),
    path("my/objections/", rights.Objections.as_view(), name="objections"),
    path("my/objections/<uuid:case_id>/<slug:step>/", rights.Answer.as_view(), name="answer"),
]

SECTION = "我的"
#: title, address, order, icon, whether it stands in the bottom bar of a phone
PLACES = (
    ("首页", "my:home", 1, "home", True),
    ("健康码", "my:code", 2, "qrcode", True),
    ("我的转诊", "my:referrals", 3, "arrows-exchange", False),
    ("检查结果", "my:results", 4, "report-medical", True),
    ("我的档案", "my:record", 5, "file-text", False),
    ("谁看过", "my:readers", 6, "eye", False),
    ("我的授权", "my:consents", 7, "shield-check", False),
    ("隐藏记录", "my:privacy", 8, "eye-off", False),
    ("授权查看", "my:sharing", 9, "key", False),
    ("我的异议", "my:objections", 10, "message-2", False),
)
for title, name, order, icon, tab in PLACES:
    entry(
        section=SECTION,
        title=title,
        url_name=name,
        permission=Permission.OWN_RECORD,
        order=order,
        icon=icon,
        tab=tab,
    )
