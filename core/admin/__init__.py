from core.admin.contact import ContactAdmin
from core.admin.district import DistrictAdmin
from core.admin.legal_hold import LegalHoldAdmin
from core.admin.school import SchoolAdmin
from core.admin.school_assignment import SchoolAssignmentAdmin
from core.admin.student import StudentAdmin
from core.admin.user import UserAdmin

__all__ = [
    "ContactAdmin",
    "DistrictAdmin",
    "LegalHoldAdmin",
    "SchoolAdmin",
    "SchoolAssignmentAdmin",
    "StudentAdmin",
    "UserAdmin",
]
