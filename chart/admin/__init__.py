from chart.admin.student import StudentChartAdmin

__all__ = ["StudentChartAdmin"]
