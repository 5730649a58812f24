from audit.models.audit_log import AuditAction, AuditLog

__all__ = ["AuditAction", "AuditLog"]
