from emergency.models.emergency_access import EmergencyAccess, ReviewOutcome

__all__ = ["EmergencyAccess", "ReviewOutcome"]
