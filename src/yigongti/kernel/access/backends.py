"""Loads the logged-in user together with the grants in one statement."""

from django.contrib.auth.backends import ModelBackend

from .models import User


class GrantedBackend(ModelBackend):
    """Password login; ``request.user`` arrives with its grants."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.with_grants().filter(pk=user_id, is_active=True).first()
        return user if user and self.user_can_authenticate(user) else None
