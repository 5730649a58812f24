from audit.models.audit_log import AuditAction, AuditLog
from audit.models.audit_seal import AuditSeal, SealKind

__all__ = ["AuditAction", "AuditLog", "AuditSeal", "SealKind"]
