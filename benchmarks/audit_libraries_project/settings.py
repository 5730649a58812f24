"""The project's settings with one audit library added: the one that AUDIT_CONTENDER names."""

import os

from whitecross.settings import *  # noqa: F403

from .contenders import CONTENDERS

CONTENDER = CONTENDERS[os.environ["AUDIT_CONTENDER"]]
INSTALLED_APPS = [*INSTALLED_APPS, *CONTENDER.apps, "benchmarks.audit_libraries_project"]  # noqa: F405
