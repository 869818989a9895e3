"""Every policy has a page and an answer over REST; a page costs few statements."""

import json

import pytest
from care_community import build
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.policy.store import store

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Client:
    """A family doctor, who reads policies and changes none."""
    with acting(SYSTEM):
        made = build()
    store().forget()
    client = Client()
    user = User.objects.get(pk=made["family-doctor"].user_id)
    client.force_login(user, backend="yigongti.kernel.access.backends.GrantedBackend")
    return client


def test_every_policy_has_a_page_in_few_statements(reader):
    for name in sorted({edition.name for edition in store().editions()}):
        with CaptureQueriesContext(connection) as captured:
            response = reader.get(f"/policies/{name}/")
        assert response.status_code == 200, name
        assert "提出修订" not in response.content.decode()
        assert len(captured) <= 14, (name, [query["sql"][:90] for query in captured])


def test_an_unknown_policy_or_version_is_not_found(reader):
    assert reader.get("/policies/referral/nothing/").status_code == 404
    assert reader.get("/policies/referral/clocks/?edition=ffff").status_code == 404
    assert reader.get("/policies/revisions/1/").status_code == 404


def test_a_reader_proposes_and_decides_nothing(reader):
    assert reader.get("/policies/referral/clocks/propose/").status_code == 403
    assert reader.post("/policies/check/", {"text": "a: 1"}).status_code == 403
    assert reader.post("/policies/revisions/1/approve/").status_code == 403


def test_over_rest(reader):
    listed = json.loads(reader.get("/api/policies").content)
    assert "referral/hypertension" in [one["name"] for one in listed]
    found = json.loads(reader.get("/api/policies/referral/hypertension?on=2026-06-01").content)
    assert found["statements"][0]["source"] == "高血压县域分级诊疗技术方案 急诊转诊②"
    assert found["content"]["policy"] == "referral/hypertension"
    missing = reader.get("/api/policies/referral/hypertention")
    assert missing.status_code == 404
    assert "您是否要写 referral/hypertension" in missing.content.decode()
    assert reader.get("/api/policies/referral/hypertension?on=x").status_code == 422
