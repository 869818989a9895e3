"""How people are shown: ages as people say them, numbers masked."""

from datetime import date

from .models import Resident


def years(birth_date: date, on: date) -> int:
    """Completed years on a day."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def age_text(birth_date: date, on: date, *, estimated: bool = False) -> str:
    """``63 岁``, ``4 月龄`` below two years, ``12 天`` in the first month; 约 before an estimate."""
    about = "约 " if estimated else ""
    whole = years(birth_date, on)
    if whole >= 2:
        return f"{about}{whole} 岁"
    months = (on.year - birth_date.year) * 12 + on.month - birth_date.month - (on.day < birth_date.day)
    return f"{about}{months} 月龄" if months >= 1 else f"{about}{max((on - birth_date).days, 0)} 天"


def masked_name(name: str) -> str:
    """``王*英``, ``李*``: enough to know again whom one meant, not to learn who somebody is."""
    if len(name) < 2:
        return "*" if name else "（无姓名）"
    return f"{name[0]}{'*' * max(len(name) - 2, 1)}{name[-1] if len(name) > 2 else ''}"


def masked_number(resident: Resident) -> str:
    """``431127********1234``; temporary numbers say nothing about anybody and are shown."""
    number = str(resident.id_number or "")
    if not number or resident.identity_kind in ("90", "91"):
        return number
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return f"{number[:2]}{'*' * max(len(number) - 4, 0)}{number[-2:]}" if len(number) > 4 else "****"


def masked_phone(resident: Resident) -> str:
    """``138****8000``."""
    phone = str(resident.phone or "")
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else f"****{phone[-4:]}" if phone else ""
