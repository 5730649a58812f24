from home.admin.school_count import SchoolCountAdmin

__all__ = ["SchoolCountAdmin"]
