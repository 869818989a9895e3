"""A place's own edition: proposed by one person, approved by another, used at once, never changed afterwards."""

from datetime import date

import pytest
from care_community import build
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.policy import overrides, queries, services
from yigongti.kernel.policy.models import PolicyVersion
from yigongti.kernel.policy.places import places
from yigongti.kernel.policy.problems import PolicyRefused
from yigongti.kernel.policy.store import store
from yigongti.registry.consortia.models import Consortium

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def forgetful():
    store().forget()
    yield
    store().forget()


@pytest.fixture
def community():
    with acting(SYSTEM):
        made = build()
        county = made.organizations["county"]
        county.part_of = made.organizations["commission"]
        county.save()
    made.actors["commission"] = User.objects.get(pk=made["commission"].user_id).actor()
    return made


@pytest.fixture
def place(community):
    return next(iter(places().values()))


def edited(place, *changes: tuple[str, str], name: str = "referral/quality-gate") -> str:
    """The text of the standing edition for a place, with replacements."""
    text = queries.draft_text(queries.current(name), place, [1])
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


LESS = ("minimum: 50\n    unit: 字\n    directions: [up]", "minimum: 20\n    unit: 字\n    directions: [up]")


def proposed(community, place, *changes):
    return services.propose(community["council"], text=edited(place, *changes or [LESS]), reason="乡镇病历较短")


def minimum(place_code):
    parts = store().resolve("referral/quality-gate", place_code).body.parts
    return next(part.minimum for part in parts if part.id == "summary")


def test_an_approved_revision_is_used_at_its_place_only(community, place, django_capture_on_commit_callbacks):
    version = proposed(community, place)
    assert minimum(place.code) == 50
    with django_capture_on_commit_callbacks(execute=True):
        services.approve(community["commission"], version_id=version.pk)
    assert minimum(place.code) == 20
    assert minimum(None) == 50
    assert minimum("somewhere-else") == 50
    with django_capture_on_commit_callbacks(execute=True):
        services.retire(community["commission"], version_id=version.pk, reason="退回统一标准")
    assert minimum(place.code) == 50


def test_resolving_needs_no_sql(community, place):
    minimum(place.code)
    with CaptureQueriesContext(connection) as captured:
        for _ in range(100):
            minimum(place.code)
    assert len(captured) == 0


def test_nobody_approves_their_own(community, place):
    version = proposed(community, place)
    with pytest.raises(Forbidden, match="不能批准自己的修订"):
        services.approve(community["council"], version_id=version.pk)


def test_the_database_itself_wants_two_persons(community, place):
    version = proposed(community, place)
    with pytest.raises(IntegrityError, match="policy_version_two_persons"), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(
            status="approved", approved_by=version.proposed_by, approved_at=version.proposed_at
        )


@pytest.mark.parametrize("change", [{"text": "x"}, {"hash": "0" * 64}, {"effective_from": date(2020, 1, 1)}])
def test_what_was_proposed_never_changes(community, place, change):
    version = proposed(community, place)
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(**change)


def test_a_revision_is_kept(community, place):
    version = proposed(community, place)
    with pytest.raises(DatabaseError), transaction.atomic():
        version.delete()


def test_only_those_with_the_permission(community, place):
    for who in ("family-doctor", "office", "specialist", "director", "foreign-office"):
        with pytest.raises(Forbidden):
            services.propose(community[who], text=edited(place, LESS), reason="试一试")
    version = proposed(community, place)
    for who in ("family-doctor", "director", "auditor"):
        with pytest.raises(Forbidden):
            services.approve(community[who], version_id=version.pk)
        with pytest.raises(Forbidden):
            services.reject(community[who], version_id=version.pk, reason="不同意")


def test_a_wrong_text_is_refused_with_its_line(community, place):
    with pytest.raises(PolicyRefused) as refused:
        proposed(community, place, ("unit: 字", "unti: 字"))
    problem = refused.value.problems[0]
    assert (problem.key, problem.allowed.split("？")[0]) == ("parts[1].unti", "您是否要写 unit")
    assert edited(place, ("unit: 字", "unti: 字")).splitlines()[problem.line - 1].strip() == "unti: 字"
    with pytest.raises(NotFound, match="没有代码为 nowhere"):
        proposed(community, place, (f"place: {place.code}", "place: nowhere"))
    with pytest.raises(NotFound, match="没有政策 referral/quality-gat"):
        proposed(community, place, ("policy: referral/quality-gate", "policy: referral/quality-gat"))
    with pytest.raises(Invalid, match="请写修订理由"):
        services.propose(community["council"], text=edited(place, LESS), reason=" ")


def test_a_version_number_is_used_once_and_two_do_not_begin_on_one_day(community, place):
    first = proposed(community, place)
    with pytest.raises(Conflict, match="这个版本号已用过"):
        proposed(community, place)
    second = proposed(community, place, ("version: 2026.2", "version: 2026.3"))
    services.approve(community["commission"], version_id=first.pk)
    with pytest.raises(Conflict, match="同地同日已有批准的修订"):
        services.approve(community["commission"], version_id=second.pk)
    services.reject(community["commission"], version_id=second.pk, reason="重复")
    with pytest.raises(Conflict, match="已驳回"):
        services.approve(community["commission"], version_id=second.pk)


def test_the_proposer_may_withdraw(community, place):
    version = services.reject(community["council"], version_id=proposed(community, place).pk, reason="再想想")
    assert (version.status, version.closed_by_id) == ("rejected", community["council"].user_id)


def test_a_tampered_override_is_not_used(community, place, caplog):
    version = proposed(community, place)
    services.approve(community["commission"], version_id=version.pk)
    version.text = version.text.replace("minimum: 20", "minimum: 1")
    assert overrides.usable(version) is None
    assert "does not match its hash" in caplog.text


def logged_in(community, key) -> Client:
    client = Client()
    user = User.objects.get(pk=community[key].user_id)
    client.force_login(user, backend="yigongti.kernel.access.backends.GrantedBackend")
    return client


def test_the_pages_take_a_revision_all_the_way(community, place, django_capture_on_commit_callbacks):
    council, commission = logged_in(community, "council"), logged_in(community, "commission")
    assert "转诊单质量要求" in council.get("/policies/?q=转诊单").content.decode()
    page = council.get("/policies/referral/hypertension/").content.decode()
    assert "公开来源" in page
    assert "收缩压 ≥ 180 mmHg 或 舒张压 ≥ 110 mmHg" in page
    assert "为" + place.name + "提出修订" in page
    form = council.get(f"/policies/referral/quality-gate/propose/?place={place.code}").content.decode()
    assert f"place: {place.code}" in form
    wrong = council.post("/policies/check/", {"text": edited(place, ("unit: 字", "unti: 字"))}).content.decode()
    assert "不认识的键 unti" in wrong
    right = council.post("/policies/check/", {"text": edited(place, LESS)}).content.decode()
    assert "可以提交" in right
    refused = council.post("/policies/referral/quality-gate/propose/", {"text": "a: [", "reason": "乡镇病历较短"})
    assert refused.status_code == 422
    assert "不是有效的 YAML" in refused.content.decode()
    sent = council.post(
        "/policies/referral/quality-gate/propose/", {"text": edited(place, LESS), "reason": "乡镇病历较短"}
    )
    assert sent.status_code == 302
    own = council.get(sent.headers["Location"]).content.decode()
    assert "需要另一位有批准权限的人批准" in own
    assert "50 字" in own
    assert "20 字" in own
    assert "批准</a>" not in own
    other = commission.get(sent.headers["Location"]).content.decode()
    assert "批准</a>" in other
    with django_capture_on_commit_callbacks(execute=True):
        assert commission.post(f"{sent.headers['Location']}approve/").status_code == 302
    assert minimum(place.code) == 20
    history = commission.get("/policies/referral/quality-gate/").content.decode()
    assert "在用" in history
    assert commission.get("/policies/referral/quality-gate/comparison/").status_code == 200
    assert "已批准" in commission.get("/policies/revisions/").content.decode()
    assert commission.get(f"{sent.headers['Location']}retire/").status_code == 200


def test_a_changed_criterion_shows_the_cases_that_it_answers_differently(community, place):
    text = edited(
        place, ("when: sbp >= 180 or dbp >= 110\n", "when: sbp >= 170 or dbp >= 110\n"), name="referral/hypertension"
    )
    client = logged_in(community, "council")
    shown = client.post("/policies/check/", {"text": text}).content.decode()
    assert "收缩压 179、舒张压 109 不到危急值" in shown
    assert "收缩压 ≥ 170 mmHg" in shown


def test_a_revision_that_waits_is_seen_by_those_who_decide(community, place):
    version = proposed(community, place)
    assert logged_in(community, "commission").get(version.get_absolute_url()).status_code == 200
    assert logged_in(community, "family-doctor").get(version.get_absolute_url()).status_code == 404


def test_the_consortium_is_the_place(community, place):
    assert place.code == Consortium.objects.get().code
    assert place.organization_id in community["council"].organizations()
