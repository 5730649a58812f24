from chart.admin.student import ChartedStudentAdmin

__all__ = ["ChartedStudentAdmin"]
