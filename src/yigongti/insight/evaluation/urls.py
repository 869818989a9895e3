"""Addresses of evaluations."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages, services

app_name = "evaluation"
ANSWER = "evaluation/answers/<uuid:answer_id>/"
CASE = "evaluation/<uuid:case_id>/"
urlpatterns = [
    path("evaluation/", pages.Evaluations.as_view(), name="list"),
    path("evaluation/own/", pages.Own.as_view(), name="own"),
    path("evaluation/new/", pages.OpenEvaluation.as_view(), name="new"),
    path(ANSWER, pages.AnswerView.as_view(), name="answer"),
    path(f"{ANSWER}report/", pages.SelfReportGrid.as_view(), name="self-report"),
    path(f"{ANSWER}evidence/", pages.AddEvidence.as_view(), name="add-evidence"),
    path(f"{ANSWER}evidence/<int:evidence_id>/", pages.EvidenceFile.as_view(), name="evidence"),
    path(f"{ANSWER}<slug:step>/", pages.AnswerStepView.as_view(), name="answer-step"),
    path(CASE, pages.EvaluationView.as_view(), name="case"),
    path(f"{CASE}judging/", pages.JudgingGrid.as_view(), name="judging"),
    path(f"{CASE}areas/", pages.AreaGrid.as_view(), name="areas"),
    path(f"{CASE}correction/", pages.Correct.as_view(), name="correct"),
    path(f"{CASE}files/", pages.MakeReport.as_view(), name="make-report"),
    path(f"{CASE}files/<int:report_id>/", pages.ReportFile.as_view(), name="file"),
    path(f"{CASE}<slug:step>/", pages.StepView.as_view(), name="step"),
]
entry(
    section="监测评价",
    title="考核评价",
    url_name="evaluation:list",
    permission=services.concerned,
    order=440,
    icon="clipboard-check",
    badge=services.to_handle,
)
entry(
    section="监测评价",
    title="本单位的考核",
    url_name="evaluation:own",
    permission=Permission.EVALUATION_ANSWER,
    order=441,
    icon="star",
)
