from incidents.admin.emergency_contact import EmergencyContactAdmin
from incidents.admin.incident_report import IncidentReportAdmin

__all__ = ["EmergencyContactAdmin", "IncidentReportAdmin"]
