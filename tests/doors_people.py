"""A system that delivers over REST."""

import json
from typing import Any

from django.test import Client
from records_community import Community

from yigongti.kernel.access import applications
from yigongti.kernel.access.actor import SYSTEM

LOADS = "/api/exchange/loads"


def told(response: Any) -> Any:
    return json.loads(response.content)


class System:
    """A client of the hospital with a token."""

    def __init__(self, community: Community, organization: Any = None, scopes: tuple[str, ...] = ("exchange.receive",)):
        home = organization or community.hospital
        application, secret = applications.open_application(
            SYSTEM, name="HIS", organization_id=home.pk, scopes=list(scopes)
        )
        self.proof = {"client_id": application.client_id, "client_secret": secret}
        self.renew()

    def renew(self) -> None:
        """A fresh token: one lasts an hour."""
        answer = Client().post("/api/token", {"grant_type": "client_credentials", **self.proof})
        self.client = Client(headers={"authorization": f"Bearer {answer.json()['access_token']}"})

    def send(
        self, text: str | bytes, query: str = "mapping=interchange&source=his&filename=patient.csv", **headers: str
    ):
        content = text.encode() if isinstance(text, str) else text
        return self.client.post(
            f"{LOADS}?{query}", content, content_type="application/octet-stream", headers=headers or None
        )
