"""What districts and schools have in common: an address, and being in use."""

from django.db import models

from core.database.audit_fields import AuditedModel
from core.database.constraints import STATE, ZIP_CODE, email, matches, phone


class Place(AuditedModel):
    name = models.CharField(max_length=200, db_comment="Name as people say it")
    code = models.CharField(max_length=50, db_comment="Short unique code, as on state forms")
    address = models.TextField(null=True, blank=True, db_comment="Street address")
    city = models.CharField(max_length=100, null=True, blank=True, db_comment="City")
    state = models.CharField(max_length=2, null=True, blank=True, db_comment="State, two capital letters (USPS)")
    zip_code = models.CharField(
        "ZIP code", max_length=10, null=True, blank=True, db_comment="ZIP code, 5 digits or ZIP+4"
    )
    phone = models.CharField(max_length=20, null=True, blank=True, db_comment="Main telephone number")
    email = models.EmailField(max_length=255, null=True, blank=True, db_comment="Main e-mail address")
    is_active = models.BooleanField("in use", db_default=True, db_comment="Whether it is in operation")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


def place_constraints(table: str) -> list[models.BaseConstraint]:
    """The rules of a code and an address."""
    return [
        models.UniqueConstraint(
            fields=["code"],
            name=f"{table}_code_unique",
            violation_error_message="This code is taken; it must be unique.",
        ),
        matches(f"{table}_state_form", "state", STATE, "The state should be two capital letters, such as OH."),
        matches(f"{table}_zip_form", "zip_code", ZIP_CODE, "The ZIP code should be 12345 or 12345-6789."),
        phone(f"{table}_phone_form", "phone"),
        email(f"{table}_email_form", "email"),
    ]
