"""How the admin looks, and its menu, grouped by domain."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _static(path: str) -> Callable[[HttpRequest], str]:
    """A file of ours, by the address that it has once the settings are read."""

    def address(request: HttpRequest) -> str:
        return static(path)

    return address


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    def may(request: HttpRequest) -> bool:
        return request.user.has_perm(permission)

    return may


def _is_nurse(request: HttpRequest) -> bool:
    """As `emergency.access.may_open`, which settings cannot import."""
    user: Any = request.user
    return user.is_authenticated and user.role == "NURSE" and not user.is_superuser


def _page(title: str, icon: str, label: str) -> dict[str, Any]:
    """A link to the list of a model, for those who may see it."""
    app, model = label.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may(f"{app}.view_{model}"),
    }


def _group(title: str, *pages: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": False, "items": list(pages)}


NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")},
            {
                "title": "Doses today",
                "icon": "pill",
                "link": reverse_lazy("admin:home_doses"),
                "permission": _may("medications.view_medicationlog"),
            },
            {
                "title": "Emergency access",
                "icon": "e911_emergency",
                "link": reverse_lazy("admin:emergency_find"),
                "permission": _is_nurse,
            },
        ]
    },
    _group(
        "Organization and people",
        _page("Students", "school", "core.student"),
        _page("Contacts", "contacts", "core.contact"),
        _page("Legal holds", "gavel", "core.legalhold"),
        _page("Users", "badge", "core.user"),
        _page("School assignments", "assignment_ind", "core.schoolassignment"),
        _page("Schools", "apartment", "core.school"),
        _page("Districts", "map", "core.district"),
        _page("School counts", "bar_chart", "home.schoolcount"),
    ),
    _group(
        "Health",
        _page("Health records", "clinical_notes", "health.healthrecord"),
        _page("Appointments", "event", "health.appointment"),
        _page("Allergies", "allergy", "health.allergy"),
        _page("Chronic conditions", "cardiology", "health.chroniccondition"),
        _page("Vaccinations", "vaccines", "health.vaccination"),
        _page("Screenings", "visibility", "health.screening"),
        _page("Growth measurements", "height", "health.growthmeasurement"),
        _page("Vital signs", "vital_signs", "health.vitalsigns"),
    ),
    _group(
        "Medications",
        _page("Medication logs", "medication_liquid", "medications.medicationlog"),
        _page("Student medications", "prescriptions", "medications.studentmedication"),
        _page("Medications", "medication", "medications.medication"),
    ),
    _group(
        "Incidents",
        _page("Incident reports", "report", "incidents.incidentreport"),
        _page("Emergency contacts", "emergency", "incidents.emergencycontact"),
    ),
    _group(
        "Configuration",
        _page("Settings", "settings", "configuration.systemconfiguration"),
        _page("History of settings", "history", "configuration.configurationhistory"),
    ),
    _group(
        "Audit",
        _page("Emergency accesses", "e911_emergency", "emergency.emergencyaccess"),
        _page("Audit log", "policy", "audit.auditlog"),
        _page("Audit seals", "verified", "audit.auditseal"),
        _page("Sessions", "devices", "accounts.usersession"),
        _page("Log-in attempts", "login", "accounts.loginattempt"),
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu without the groups in which the user may see nothing."""
    return [
        group
        for group in NAVIGATION
        if any("permission" not in item or item["permission"](request) for item in group["items"])
    ]


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "White Cross",
    "SITE_HEADER": "White Cross",
    "SITE_SUBHEADER": "School health records",
    "SITE_ICON": _static("whitecross/icon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _static("whitecross/icon.svg")}],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "home.dashboard.dashboard",
    "STYLES": [
        _static("whitecross/colors.css"),
        _static("whitecross/admin.css"),
        _static("whitecross/saved_filters.css"),
        _static("finding/finding.css"),
        _static("accounts/accounts.css"),
        _static("accounts/session.css"),
        _static("emergency/emergency.css"),
    ],
    "SCRIPTS": [
        _static("whitecross/styles_by_script.js"),
        _static("accounts/session.js"),
        _static("whitecross/autofocus.js"),
        _static("whitecross/select_labels.js"),
        _static("whitecross/landmarks.js"),
    ],
    "ACCOUNT": {
        "navigation": [
            {"title": "Your account", "link": reverse_lazy("admin:account")},
            {"title": "Where you are logged in", "link": reverse_lazy("admin:account_sessions")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": navigation},
}
