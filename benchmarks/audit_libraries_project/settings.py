"""The project's settings with one audit library added: that of the contender at work."""

from whitecross.settings import *  # noqa: F403

from .contenders import at_work

INSTALLED_APPS = [*INSTALLED_APPS, *at_work().apps, "benchmarks.audit_libraries_project"]  # noqa: F405
