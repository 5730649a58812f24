from incidents.models.emergency_contact import ContactMethod, EmergencyContact
from incidents.models.incident_report import IncidentReport, IncidentSeverity, IncidentStatus, IncidentType

__all__ = [
    "ContactMethod",
    "EmergencyContact",
    "IncidentReport",
    "IncidentSeverity",
    "IncidentStatus",
    "IncidentType",
]
