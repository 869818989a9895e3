"""Systems call the API with a bearer token (OAuth 2.0 client credentials): the token's technical account acts."""

import hashlib

from django.http import HttpRequest
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from .actor import Actor
from .models import User

BEARER = "Bearer "


def bearer_of(request: HttpRequest) -> str | None:
    """The token in the Authorization header, if there is one."""
    header = str(request.META.get("HTTP_AUTHORIZATION", ""))
    return header.removeprefix(BEARER).strip() if header.startswith(BEARER) else None


def actor_of_token(raw: str) -> Actor | None:
    """The actor of a token in force: the technical account, limited to the token's scopes. One statement."""
    tokens = get_access_token_model().objects.filter(
        token_checksum=hashlib.sha256(raw.encode()).hexdigest(), expires__gt=timezone.now()
    )
    scope = tokens.values("scope")[:1]
    user = (
        User.objects.with_grants()
        .filter(is_active=True, pk__in=tokens.values("application__user_id"))
        .annotate(scope=scope)
        .first()
    )
    if user is None:
        return None
    return user.actor(purpose="接口", scopes=frozenset(str(user.scope).split()))
