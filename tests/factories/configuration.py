"""Minimal valid rows of configuration. A row of the system declares a key; others take all but the value from it."""

import factory
from factory.django import DjangoModelFactory

from configuration import models


class SystemConfigurationFactory(DjangoModelFactory[models.SystemConfiguration]):
    class Meta:
        model = models.SystemConfiguration

    key = factory.Sequence(lambda n: f"test.key_{n}")
    value = "30"
    value_type = models.ConfigValueType.NUMBER

    class Params:
        overridable = factory.Trait(validation_rules={"scopes": ["DISTRICT", "SCHOOL", "USER"]})


class ConfigurationHistoryFactory(DjangoModelFactory[models.ConfigurationHistory]):
    class Meta:
        model = models.ConfigurationHistory

    configuration = factory.SubFactory(SystemConfigurationFactory)
    config_key = factory.SelfAttribute("configuration.key")
    new_value = "30"
