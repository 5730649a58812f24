from core.admin.contact import ContactAdmin
from core.admin.district import DistrictAdmin
from core.admin.school import SchoolAdmin
from core.admin.school_assignment import SchoolAssignmentAdmin
from core.admin.student import StudentAdmin
from core.admin.user import UserAdmin

__all__ = ["ContactAdmin", "DistrictAdmin", "SchoolAdmin", "SchoolAssignmentAdmin", "StudentAdmin", "UserAdmin"]
