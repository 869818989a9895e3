"""Whatever a program sends that fits the description, and much that does not, is answered: never with a 5xx.

Schemathesis makes the requests from ``/api/openapi.json``; people of three roles and a system send them. Bounded by
examples for each action, so that the whole takes about a minute.
"""

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import schemathesis
from access_world import Walked
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from yigongti.kernel.access import applications
from yigongti.kernel.access.actor import SYSTEM

pytestmark = pytest.mark.slow
EXAMPLES = 6
WHO = ("referral-office", "family-doctor", "specialist")


def sent(client: Client, case: Any, headers: dict[str, str]) -> int:
    """Send what schemathesis made; returns the status."""
    wanted = case.as_transport_kwargs(base_url="http://testserver")
    query = urlencode(wanted.get("params") or {}, doseq=True)
    body = json.dumps(wanted["json"]) if "json" in wanted else wanted.get("data") or b""
    kept = {name: value for name, value in (wanted.get("headers") or {}).items() if value is not None}
    kept.pop("Content-Type", None)
    with transaction.atomic():
        answer = client.generic(
            wanted["method"],
            f"{urlsplit(wanted['url']).path}?{query}",
            body,
            content_type="application/json",
            headers=kept | headers,
        )
        transaction.set_rollback(True)
    assert answer.status_code < 500, f"{case.method} {wanted['url']}?{query} {body!r}"
    return answer.status_code


class Described(Walked):
    """The description and what answers."""

    def senders(self) -> list[tuple[Client, dict[str, str]]]:
        """People with a session and a system with a token."""
        people = [(self.clients[role, "own"][0], {}) for role in WHO]
        made, secret = applications.open_application(
            SYSTEM,
            name="LIS",
            organization_id=self.clients["director", "own"][1].organization_id or 0,
            scopes=["record.read", "referral.read", "referral.submit", "resident.search", "registry.read"],
        )
        asked = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": secret}
        token = self.client.post("/api/token", asked).json()["access_token"]
        return [*people, (Client(raise_request_exception=False), {"Authorization": f"Bearer {token}"})]

    def test_no_request_is_answered_with_a_server_error(self) -> None:
        schema = schemathesis.openapi.from_dict(self.client.get("/api/openapi.json").json())
        senders, answers = self.senders(), []
        for found in schema.get_all_operations():
            for mode in GenerationMode:
                answers += self.tried(found.ok(), mode, senders)
        assert len(answers) > 1000
        assert {200, 401, 403, 404, 409, 422} - set(answers) <= {401}

    def tried(self, operation: Any, mode: GenerationMode, senders: list[tuple[Client, dict[str, str]]]) -> list[int]:
        """The answers to requests of one kind, from everybody."""
        answers: list[int] = []

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            if "{case_id}" in operation.path and len(answers) % 8 < 4:
                case.path_parameters["case_id"] = str(self.case.pk)
            answers.extend(sent(client, case, headers) for client, headers in senders)

        run()
        return answers
