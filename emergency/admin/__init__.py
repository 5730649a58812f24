from emergency.admin.emergency_access import EmergencyAccessAdmin

__all__ = ["EmergencyAccessAdmin"]
