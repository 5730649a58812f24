"""For each check constraint, values that it must accept and values that it must refuse."""

from tests.schema.attacks import core, health, others

ATTACKS = core.ATTACKS | health.ATTACKS | others.ATTACKS
