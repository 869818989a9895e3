"""How a resident with an account is reached outside the product: the telephone of the record."""

from yigongti.kernel.access.models import User
from yigongti.kernel.notices.sending import Contact, address_book

from .models import Resident


@address_book
def telephone(user: User) -> Contact | None:
    """The resident's own telephone; nothing when the account is no resident's."""
    if user.resident_id is None:
        return None
    resident = Resident.objects.filter(pk=user.resident_id).only("phone").first()
    return Contact(phone=str(resident.phone)) if resident and resident.phone else None
