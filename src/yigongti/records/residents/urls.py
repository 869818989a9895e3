"""Addresses of this room. A resident is named by a random id; names and numbers are posted and stand in no URL."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry, search_box

from . import desk, desk_pages, emergency_forms, forms, life_forms, lookalike_pages, move_pages, pages

app_name = "residents"
urlpatterns = [
    path("residents/", pages.Roster.as_view(), name="list"),
    path("residents/search/", pages.Search.as_view(), name="search"),
    path("residents/check/", pages.CheckNumber.as_view(), name="check"),
    path("residents/receive/", pages.Receive.as_view(), name="receive"),
    path("residents/new/", forms.Register.as_view(), name="register"),
    path("residents/lookalikes/", lookalike_pages.LookalikesView.as_view(), name="lookalikes"),
    path("residents/lookalikes/unknown/", lookalike_pages.UnknownLookalikes.as_view(), name="lookalikes-unknown"),
    path(
        "residents/<uuid:resident_id>/newborn/lookalikes/",
        lookalike_pages.NewbornLookalikes.as_view(),
        name="lookalikes-newborn",
    ),
    path("residents/unknown/", forms.RegisterUnknown.as_view(), name="unknown"),
    path("residents/review/", desk_pages.ReviewDesk.as_view(), name="review"),
    path("residents/review/<uuid:review_id>/", desk_pages.ReviewDesk.as_view(), name="review-one"),
    path("residents/review/<uuid:review_id>/answer/", desk_pages.Answer.as_view(), name="answer"),
    path("residents/merges/new/", desk_pages.ProposeMerge.as_view(), name="propose-merge"),
    path("residents/merges/<uuid:merge_id>/", desk_pages.MergePage.as_view(), name="merge"),
    path("residents/merges/<uuid:merge_id>/approve/", desk_pages.Approve.as_view(), name="merge-approve"),
    path("residents/merges/<uuid:merge_id>/decline/", desk_pages.Decline.as_view(), name="merge-decline"),
    path("residents/merges/<uuid:merge_id>/unmerge/", desk_pages.Unmerge.as_view(), name="unmerge"),
    path("residents/merges/<uuid:merge_id>/follow/", desk_pages.Follow.as_view(), name="merge-follow"),
    path("residents/identities/<uuid:identity_id>/move/", move_pages.ProposeMove.as_view(), name="propose-move"),
    path("residents/moves/<uuid:move_id>/", move_pages.MovePage.as_view(), name="move-identity"),
    path("residents/moves/<uuid:move_id>/approve/", move_pages.ApproveMove.as_view(), name="move-approve"),
    path("residents/moves/<uuid:move_id>/decline/", move_pages.DeclineMove.as_view(), name="move-decline"),
    path("residents/moves/<uuid:move_id>/undo/", move_pages.UndoMove.as_view(), name="move-undo"),
    path("residents/<uuid:resident_id>/identities/", desk_pages.Identities.as_view(), name="identities"),
    path("residents/<uuid:resident_id>/newborn/", forms.RegisterNewborn.as_view(), name="newborn"),
    path("residents/<uuid:resident_id>/correct/", forms.Correct.as_view(), name="correct"),
    path("residents/<uuid:resident_id>/identify/", forms.Identify.as_view(), name="identify"),
    path("residents/<uuid:resident_id>/move/", life_forms.Move.as_view(), name="move"),
    path("residents/<uuid:resident_id>/sign/", life_forms.Sign.as_view(), name="sign"),
    path("residents/<uuid:resident_id>/end-signing/", life_forms.EndSigning.as_view(), name="end-signing"),
    path("residents/<uuid:resident_id>/consent/", life_forms.Consent.as_view(), name="consent"),
    path("residents/<uuid:resident_id>/withdraw/", pages.WithdrawConsent.as_view(), name="withdraw"),
    path("residents/<uuid:resident_id>/contact/", life_forms.AddContact.as_view(), name="contact"),
    path("residents/<uuid:resident_id>/contact/remove/", pages.RemoveContact.as_view(), name="remove-contact"),
    path("residents/<uuid:resident_id>/death/", life_forms.RecordDeath.as_view(), name="death"),
    path("residents/<uuid:resident_id>/death/undo/", pages.UndoDeath.as_view(), name="undo-death"),
    path("residents/<uuid:resident_id>/moved/", life_forms.RecordMoved.as_view(), name="moved"),
    path("residents/<uuid:resident_id>/moved/undo/", pages.UndoMoved.as_view(), name="undo-moved"),
    path("residents/<uuid:resident_id>/reveal/", pages.Reveal.as_view(), name="reveal"),
    path("residents/<uuid:resident_id>/emergency/", emergency_forms.BreakGlass.as_view(), name="emergency"),
]

search_box("residents:search", Permission.RESIDENT_SEARCH)
entry(
    section="居民",
    title="居民名册",
    url_name="residents:list",
    permission=Permission.RESIDENT_SEARCH,
    order=200,
    icon="users",
    tab=True,
)
entry(
    section="居民",
    title="查找居民",
    url_name="residents:search",
    permission=Permission.RESIDENT_SEARCH,
    order=201,
    icon="search",
)
entry(
    section="居民",
    title="登记居民",
    url_name="residents:register",
    permission=Permission.RESIDENT_REGISTER,
    order=202,
    icon="plus",
)
entry(
    section="居民",
    title="身份核对",
    url_name="residents:review",
    permission=Permission.INDEX_REVIEW,
    order=203,
    icon="users",
    badge=desk.count,
)
