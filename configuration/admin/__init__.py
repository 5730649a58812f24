from configuration.admin.configuration_history import ConfigurationHistoryAdmin
from configuration.admin.system_configuration import SystemConfigurationAdmin

__all__ = ["ConfigurationHistoryAdmin", "SystemConfigurationAdmin"]
