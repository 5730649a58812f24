from core.models.contact import Contact, ContactType
from core.models.district import District
from core.models.legal_hold import LegalHold
from core.models.school import School
from core.models.school_assignment import SchoolAssignment
from core.models.student import Gender, Grade, Student
from core.models.user import User, UserRole

__all__ = [
    "Contact",
    "ContactType",
    "District",
    "Gender",
    "Grade",
    "LegalHold",
    "School",
    "SchoolAssignment",
    "Student",
    "User",
    "UserRole",
]
