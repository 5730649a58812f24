"""What each role may do on each table: the one place that says so.

`v` view, `a` add, `c` change, `d` delete, `r` restore, `-` nothing. "Delete" marks a row as deleted, and "restore"
brings it back; only a school assignment, which is about nobody's health, is erased. Which *rows* of a table a person
sees (those of their schools, no confidential records) is not said here: that will be the database's row security.
"""

from collections.abc import Mapping
from types import MappingProxyType

from core.models.user import UserRole

_ACTIONS = {"v": "view", "a": "add", "c": "change", "d": "delete", "r": "restore"}

# The columns of the table below, in order.
_ROLES = (
    UserRole.ADMIN,
    UserRole.NURSE,
    UserRole.COUNSELOR,
    UserRole.SCHOOL_ADMIN,
    UserRole.DISTRICT_ADMIN,
    UserRole.VIEWER,
)

_TABLE = """
                                    ADMIN   NURSE   COUNSEL SCHOOL  DISTRIC VIEWER
core.district                       vac     v       v       v       vac     v
core.school                         vac     v       v       v       vac     v
core.schoolassignment               vacd    v       -       v       vacd    -
core.user                           vac     v       v       v       vac     -
core.student                        vacdr   vacdr   v       vac     v       v
core.contact                        vacdr   vacdr   v       vac     -       -
core.legalhold                      vac     -       -       -       vac     -

health.healthrecord                 vacdr   vacdr   vac     -       -       -
health.allergy                      vacdr   vacdr   v       -       -       -
health.chroniccondition             vacdr   vacdr   v       -       -       -
health.appointment                  vacdr   vacdr   vac     -       -       -
health.vaccination                  vacdr   vacdr   v       v       v       -
health.screening                    vacdr   vacdr   v       v       v       -
health.growthmeasurement            vacdr   vacdr   v       -       -       -
health.vitalsigns                   vacdr   vacdr   v       -       -       -

medications.medication              vac     vac     v       -       v       -
medications.studentmedication       vacdr   vacdr   v       -       -       -
medications.medicationlog           vacdr   vacdr   v       -       -       -

incidents.incidentreport            vacdr   vacdr   vac     v       v       -
incidents.emergencycontact          vacdr   vacdr   v       vac     -       -

configuration.systemconfiguration   vac     -       -       -       v       -
configuration.configurationhistory  v       -       -       -       v       -
"""


def _read(table: str) -> Mapping[UserRole, frozenset[str]]:
    permissions: dict[UserRole, set[str]] = {role: set() for role in _ROLES}
    lines = table.strip().splitlines()
    # The heads of the columns are shortened roles; in another order the table would grant rights unnoticed.
    for role, head in zip(_ROLES, lines[0].split(), strict=True):
        if not role.startswith(head[:6]):
            raise ValueError(f"The column {head} of the table of roles stands where {role} should.")
    for line in lines[1:]:
        if not line:
            continue
        label, *cells = line.split()
        app, model = label.split(".")
        for role, cell in zip(_ROLES, cells, strict=True):
            permissions[role].update(f"{app}.{_ACTIONS[letter]}_{model}" for letter in cell if letter != "-")
    return MappingProxyType({role: frozenset(names) for role, names in permissions.items()})


PERMISSIONS: Mapping[UserRole, frozenset[str]] = _read(_TABLE)


def permissions_of(role: str) -> frozenset[str]:
    """Permissions of a role, named as Django names them ("core.view_student"); none for a role unknown here."""
    return PERMISSIONS.get(UserRole(role), frozenset()) if role in UserRole.values else frozenset()


def roles_with(permission: str) -> list[UserRole]:
    """Roles that have a permission."""
    return [role for role, names in PERMISSIONS.items() if permission in names]
