"""Our models, their rows, and the addresses of their admin pages."""

from django.urls import reverse

from configuration.models import SystemConfiguration
from core.database.soft_delete import SoftDeleteModel
from medications.declared_settings import DUE_BEFORE
from tests.test_factories import FACTORIES, OUR_APPS
from tests.test_factories import OUR_MODELS as ALL_MODELS

__all__ = [
    "ALL_MODELS",
    "CHANGEABLE",
    "FACTORIES",
    "KEPT_BACK",
    "OF_ONESELF",
    "OUR_APPS",
    "OUR_MODELS",
    "READ_ONLY",
    "REVIEWED",
    "SOFT_DELETED",
    "by_name",
    "page",
    "perm",
]

# What opens an account is its owner's alone, on pages of its own.
OF_ONESELF = {"AuthenticatorApp", "Passkey", "RecoveryCode"}
OUR_MODELS = [model for model in ALL_MODELS if model.__name__ not in OF_ONESELF]
READ_ONLY = {"ConfigurationHistory", "AuditLog", "AuditSeal", "SchoolCount", "UserSession", "LoginAttempt"}
# Its form is a signature, which tests of its own give.
REVIEWED = {"EmergencyAccess"}
# Columns that no page shows: what opens an account, and what its signed contents would be to whoever looks on.
KEPT_BACK = {
    "User": {"password"},
    "UserSession": {"session_key", "session_data", "user_agent"},
}
CHANGEABLE = [model for model in OUR_MODELS if model.__name__ not in READ_ONLY | REVIEWED]
SOFT_DELETED = [model for model in OUR_MODELS if issubclass(model, SoftDeleteModel)]


def page(model, name, *args):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)
    # Which setting is chosen before its value is asked for.
    return f"{address}?key={DUE_BEFORE.key}" if (model, name) == (SystemConfiguration, "add") else address


def perm(model, action):
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


def by_name(model):
    return model.__name__


def form_data(response):
    """What a browser would post back if nobody touched the form that the page shows."""
    form = response.context["adminform"].form
    data: dict[str, object] = {}
    for bound in form:
        name, value = bound.html_name, bound.value()
        parts = {name: value}
        if hasattr(bound.field, "fields"):
            pieces = value if isinstance(value, list) else bound.field.widget.decompress(value)
            parts = {f"{name}_{number}": part for number, part in enumerate(pieces)}
        # A browser sends nothing for an unchecked box.
        data |= {name: "" if part is None else part for name, part in parts.items() if part is not False}
    return data


def errors_of(response):
    """Errors of the form that a page shows, by field."""
    return dict(response.context["adminform"].form.errors)


def messages_of(response):
    return [str(message) for message in response.context["messages"]]
