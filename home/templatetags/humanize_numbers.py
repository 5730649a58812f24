from django import template

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """A whole number as people read it: 12,345."""
    return f"{number:,}"
