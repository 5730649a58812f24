from configuration.models.configuration_history import ConfigurationHistory
from configuration.models.system_configuration import (
    ConfigCategory,
    ConfigScope,
    ConfigValueType,
    SystemConfiguration,
)

__all__ = ["ConfigCategory", "ConfigScope", "ConfigValueType", "ConfigurationHistory", "SystemConfiguration"]
