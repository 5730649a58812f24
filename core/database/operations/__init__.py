"""What migrations are made of beside Django's operations. They import it from here; its meaning never changes."""

from core.database.operations.analyze import AnalyzeTables
from core.database.operations.auditing import AuditTables
from core.database.operations.checks import AddChecksNotValid, ValidateChecks
from core.database.operations.columns import (
    AUDIT_COLUMNS,
    KEY,
    SCHOOL_OF_RECORD,
    SOFT_DELETE_COLUMNS,
    SOFT_DELETE_MANAGERS,
)
from core.database.operations.enums import AddEnumValue, CreateEnum, RemoveEnumValue, RenameEnumValue
from core.database.operations.filing import CheckFiling, FileOldRecords, FileRecords
from core.database.operations.foreign_keys import SetForeignKeyRule
from core.database.operations.functions import CreateFunction, CreateUuidV7
from core.database.operations.grants import Grant, RestrictFunction, Revoke
from core.database.operations.guard import DeleteTrees, MarkDeletions, RefuseDelete, RefuseTruncate, StampNewRows
from core.database.operations.indexes import BuildIndexes, DropIndexes
from core.database.operations.partitions import CreateMonthlyPartitions, CreatePartitionedTable
from core.database.operations.roles import CreateRoles
from core.database.operations.row_security import (
    AddPolicy,
    GrantTable,
    Policy,
    ReplacePolicies,
    SecureRows,
    emergency_policy,
    open_policies,
    reach_policies,
)
from core.database.operations.signers import KnowOldSigners, KnowOldStaff, KnowSigners, NameSeen
from core.database.operations.table_locks import LockTables
from core.database.operations.together import Together
from core.database.operations.triggers import CreateTrigger, StampRows
from core.database.operations.unique import SwapUniqueConstraints

__all__ = [
    "AUDIT_COLUMNS",
    "KEY",
    "SCHOOL_OF_RECORD",
    "SOFT_DELETE_COLUMNS",
    "SOFT_DELETE_MANAGERS",
    "AddChecksNotValid",
    "AddEnumValue",
    "AddPolicy",
    "AnalyzeTables",
    "AuditTables",
    "BuildIndexes",
    "CheckFiling",
    "CreateEnum",
    "CreateFunction",
    "CreateMonthlyPartitions",
    "CreatePartitionedTable",
    "CreateRoles",
    "CreateTrigger",
    "CreateUuidV7",
    "DeleteTrees",
    "DropIndexes",
    "FileOldRecords",
    "FileRecords",
    "Grant",
    "GrantTable",
    "KnowOldSigners",
    "KnowOldStaff",
    "KnowSigners",
    "LockTables",
    "MarkDeletions",
    "NameSeen",
    "Policy",
    "RefuseDelete",
    "RefuseTruncate",
    "RemoveEnumValue",
    "RenameEnumValue",
    "ReplacePolicies",
    "RestrictFunction",
    "Revoke",
    "SecureRows",
    "SetForeignKeyRule",
    "StampNewRows",
    "StampRows",
    "SwapUniqueConstraints",
    "Together",
    "ValidateChecks",
    "emergency_policy",
    "open_policies",
    "reach_policies",
]
