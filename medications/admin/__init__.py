from medications.admin.medication import MedicationAdmin
from medications.admin.medication_log import MedicationLogAdmin
from medications.admin.student_medication import StudentMedicationAdmin

__all__ = ["MedicationAdmin", "MedicationLogAdmin", "StudentMedicationAdmin"]
