"""What each role may do on each table: the one place that says so.

| letter | is                                                                       | in the database       |
|--------|--------------------------------------------------------------------------|-----------------------|
| `v`    | view                                                                     | SELECT                |
| `a`    | add                                                                      | INSERT                |
| `c`    | change                                                                   | UPDATE                |
| `d`    | delete: mark a row as deleted; erased is only an assignment to a school  | DELETE, and UPDATE    |
| `r`    | restore: bring back what was deleted                                     | DELETE, and UPDATE    |
| `e`    | export                                                                   | SELECT                |
| `s`    | see confidential rows as well                                            | no policy hides them  |
| `m`    | view a log without the images of rows that it keeps                      | SELECT but for one column |
| `l`    | be told the name where another row refers to it, or read a setting, without a page | SELECT              |
| `-`    | nothing                                                                  | nothing               |

Django asks by its permissions ("core.view_student"), which `core.authentication` answers. The database holds the same
as grants to the role that a request acts as; `verify_schema` compares the two. Which *rows* of a table a person sees
(those of their schools) is said by row security.
"""

from collections.abc import Mapping
from types import MappingProxyType

from core.models.user import UserRole

_ACTIONS = {
    "v": "view",
    "a": "add",
    "c": "change",
    "d": "delete",
    "r": "restore",
    "e": "export",
    "s": "see_confidential",
    "m": "view",
    "l": "look_up",
}

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
core.district                       vace    v       v       v       vce     v
core.school                         vace    v       v       v       vace    v
core.schoolassignment               vacde   v       -       v       vacde   -
core.user                           vace    v       v       v       vace    l
core.student                        vacdre  vacdre  v       vace    vce     v
core.contact                        vacdre  vacdre  v       vac     -       -
core.legalhold                      vac     -       -       -       vac     -

health.healthrecord                 vacdres vacdres vacs    -       -       -
health.allergy                      vacdre  vacdre  v       -       -       -
health.chroniccondition             vacdre  vacdre  v       -       -       -
health.appointment                  vacdre  vacdre  vac     -       -       -
health.vaccination                  vacdre  vacdre  v       ve      ve      -
health.screening                    vacdre  vacdre  v       ve      ve      -
health.growthmeasurement            vacdre  vacdre  v       -       -       -
health.vitalsigns                   vacdre  vacdre  v       -       -       -

medications.medication              vace    vace    v       -       v       -
medications.studentmedication       vacdre  vacdre  v       -       -       -
medications.medicationlog           vacdre  vacdre  v       -       -       -

incidents.incidentreport            vacdre  vacdre  vac     ve      ve      -
incidents.emergencycontact          vacdre  vacdre  v       vac     -       -

configuration.systemconfiguration   vac     l       l       vac     vac     l
configuration.configurationhistory  v       -       -       v       v       -

home.schoolcount                    v       -       -       v       v       -

emergency.emergencyaccess           vc      v       -       -       vc      -

audit.auditlog                      ve      -       -       m       m       -
audit.auditseal                     v       -       -       -       -       -

accounts.authenticatorapp           vacd    vacd    vacd    vacd    vacd    vacd
accounts.passkey                    vacd    vacd    vacd    vacd    vacd    vacd
accounts.recoverycode               vacd    vacd    vacd    vacd    vacd    vacd
accounts.loginattempt               v       -       -       -       v       -
accounts.usersession                m       -       -       -       m       -
"""

# The database role whose row security each of them is under: their schools, their district, or everything.
REACH: Mapping[UserRole, str] = MappingProxyType(
    {
        role: {UserRole.ADMIN: "whitecross_all", UserRole.DISTRICT_ADMIN: "whitecross_district"}.get(
            role, "whitecross_app"
        )
        for role in _ROLES
    }
)

# What a nurse acts as while she has opened a student of another school in an emergency: her own role, and beside the
# reach of her schools one that is the student alone.
EMERGENCY_ROLE = "whitecross_nurse_emergency"
EMERGENCY_REACH = "whitecross_emergency"


def _read(table: str) -> tuple[Mapping[UserRole, frozenset[str]], Mapping[str, Mapping[UserRole, str]]]:
    """Permissions by role, and the letters of the table by model and role."""
    permissions: dict[UserRole, set[str]] = {role: set() for role in _ROLES}
    grants: dict[str, dict[UserRole, str]] = {}
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
            letters = cell.replace("-", "")
            if ("r" in letters) and ("d" not in letters):
                raise ValueError(
                    f"{role} may restore {label} and not delete it: the database cannot tell the two apart."
                )
            permissions[role].update(f"{app}.{_ACTIONS[letter]}_{model}" for letter in letters)
            if letters:
                grants.setdefault(label, {})[role] = letters
    return MappingProxyType({role: frozenset(names) for role, names in permissions.items()}), MappingProxyType(grants)


PERMISSIONS, LETTERS = _read(_TABLE)


def permissions_of(role: str) -> frozenset[str]:
    """Permissions of a role, named as Django names them ("core.view_student"); none for a role unknown here."""
    return PERMISSIONS.get(UserRole(role), frozenset()) if role in UserRole.values else frozenset()


def roles_with(permission: str) -> list[UserRole]:
    """Roles that have a permission."""
    return [role for role, names in PERMISSIONS.items() if permission in names]


def database_role(role: UserRole) -> str:
    """The role of the database that somebody of this role acts as."""
    return f"whitecross_{role.lower()}"
