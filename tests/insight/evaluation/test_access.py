"""Every page of evaluations and targets × who conducts, who takes part, who does neither, who is from elsewhere."""

import evaluation_county as play
import pytest
from django.test import Client

from yigongti.insight.evaluation.targets import schemas, services
from yigongti.insight.evaluation.targets.workflow import Planning
from yigongti.kernel.cases.advance import advance

pytestmark = pytest.mark.django_db
#: page → answer for the council, the director of the town, a director from elsewhere, a family doctor
PAGES = {
    "/evaluation/": (200, 200, 200, 403),
    "/evaluation/own/": (200, 200, 200, 403),
    "/evaluation/new/": (200, 403, 403, 403),
    "{case}": (200, 200, 404, 403),
    "{case}judging/": (200, 403, 403, 403),
    "{case}areas/": (200, 403, 403, 403),
    "{case}correction/": (200, 403, 403, 403),
    "{case}end_reports/": (200, 403, 404, 403),
    "{case}nothing/": (404, 404, 404, 403),
    "{case}files/1/": (404, 404, 404, 403),
    "{answer}": (200, 200, 404, 403),
    "{answer}report/": (403, 200, 404, 403),
    "{answer}submit/": (403, 200, 404, 403),
    "{answer}evidence/1/": (404, 404, 404, 403),
    "/evaluation/targets/": (200, 200, 200, 403),
    "/evaluation/targets/new/": (200, 403, 403, 403),
    "{plan}": (200, 200, 404, 403),
    "{plan}say/": (200, 200, 404, 403),
    "{plan}end_first/": (200, 403, 404, 403),
}
PEOPLE = ("council", "town-director", "foreign-director", "family-doctor")


def test_each_sees_what_is_theirs() -> None:
    county = play.build()
    case = play.opened(county)
    play.step(county["council"], case, "start")
    data = schemas.Drafting(policy="evaluation/service-targets", period=play.PERIOD, consortium=county.consortium.pk)
    plan = services.draft(county["council"], data=data)

    advance(county["council"], Planning, plan.pk, "propose", {})
    places = {
        "case": case.get_absolute_url(),
        "answer": play.answer(case, county, "town").get_absolute_url(),
        "plan": plan.get_absolute_url(),
    }
    wrong = []
    for number, name in enumerate(PEOPLE):
        client = Client(raise_request_exception=False)
        client.force_login(county.made.users[name], backend="yigongti.kernel.access.backends.GrantedBackend")
        for page, wanted in PAGES.items():
            status = client.get(page.format(**places)).status_code
            if status != wanted[number]:
                wrong.append(f"{name} {page}: {status}, not {wanted[number]}")
    assert wrong == []
    visitor = Client()
    assert all(visitor.get(page.format(**places)).status_code == 302 for page in PAGES)
