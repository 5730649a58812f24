"""Migration operations for what Django has none for. Migrations import them from here; their meaning never changes."""

from core.database.operations.analyze import AnalyzeTables
from core.database.operations.enums import AddEnumValue, CreateEnum, RemoveEnumValue, RenameEnumValue
from core.database.operations.foreign_keys import SetForeignKeyRule
from core.database.operations.functions import CreateFunction, CreateUuidV7
from core.database.operations.indexes import BuildIndexes
from core.database.operations.together import Together
from core.database.operations.triggers import CreateTrigger, StampRows

__all__ = [
    "AddEnumValue",
    "AnalyzeTables",
    "BuildIndexes",
    "CreateEnum",
    "CreateFunction",
    "CreateTrigger",
    "CreateUuidV7",
    "RemoveEnumValue",
    "RenameEnumValue",
    "SetForeignKeyRule",
    "StampRows",
    "Together",
]
