"""Numbers of reports in templates."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def amount(number: Decimal | None) -> str:
    """With thousands separators and as many decimals as it has."""
    if number is None:
        return ""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
