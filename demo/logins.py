"""The demo's logins: one per role, all with one published password. Never load the demo where real data will live."""

DEMO_DOMAIN = "demo.whitecross.example"
DEMO_PASSWORD = "white-cross-demo"  # noqa: S105 - published on purpose

# Plain strings, because the processes that make rows run without Django; a test compares them with UserRole.
LOGIN_ROLES = ("NURSE", "COUNSELOR", "SCHOOL_ADMIN", "DISTRICT_ADMIN", "ADMIN", "VIEWER")


def login_of(role: str) -> str:
    """The e-mail address with which one logs in to see the demo as that role."""
    return f"{role.lower().replace('_', '-')}@{DEMO_DOMAIN}"
