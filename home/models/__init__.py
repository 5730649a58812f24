from home.models.school_count import SchoolCount

__all__ = ["SchoolCount"]
