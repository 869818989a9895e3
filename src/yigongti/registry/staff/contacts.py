"""How a member of staff is reached outside the product: the telephone at work."""

from yigongti.kernel.access.models import User
from yigongti.kernel.notices.sending import Contact, address_book

from .models import Practitioner


@address_book
def telephone(user: User) -> Contact | None:
    """The telephone of the practitioner behind the account."""
    phone = Practitioner.objects.filter(user_id=user.pk).values_list("phone", flat=True).first()
    return Contact(phone=phone) if phone else None
