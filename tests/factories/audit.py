from factory.django import DjangoModelFactory

from audit.models import AuditAction, AuditLog


class AuditLogFactory(DjangoModelFactory):
    """An entry that says that a list was shown."""

    action = AuditAction.LIST
    entity_type = "medications"

    class Meta:
        model = AuditLog
