from medications.models.medication import DeaSchedule, Medication
from medications.models.medication_log import MedicationLog, MedicationLogStatus
from medications.models.student_medication import StudentMedication

__all__ = ["DeaSchedule", "Medication", "MedicationLog", "MedicationLogStatus", "StudentMedication"]
