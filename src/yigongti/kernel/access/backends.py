"""Loads the logged-in user together with the grants in one statement."""

from datetime import date

from django.contrib.auth.backends import ModelBackend

from yigongti.kernel import clock
from yigongti.kernel.prepared import Query

from .models import User

GRANTED = Query(lambda key, day: User.objects.with_grants(day).filter(pk=key, is_active=True).order_by()[:1], int, date)


class GrantedBackend(ModelBackend):
    """Password login; ``request.user`` arrives with its grants."""

    def get_user(self, user_id: int) -> User | None:
        user = GRANTED.first(int(user_id), clock.today())
        return user if user and self.user_can_authenticate(user) else None
