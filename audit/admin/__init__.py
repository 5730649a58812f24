from audit.admin.audit_log import AuditLogAdmin
from audit.admin.audit_seal import AuditSealAdmin

__all__ = ["AuditLogAdmin", "AuditSealAdmin"]
