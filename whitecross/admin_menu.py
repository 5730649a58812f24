"""How the admin looks, and its menu, grouped by domain."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _icon(request: HttpRequest) -> str:
    return static("whitecross/icon.svg")


def _styles(request: HttpRequest) -> str:
    return static("whitecross/admin.css")


def _script(name: str) -> Callable[[HttpRequest], str]:
    def script(request: HttpRequest) -> str:
        return static(f"whitecross/{name}")

    return script


def _search_styles(request: HttpRequest) -> str:
    return static("finding/finding.css")


def _saved_filter_styles(request: HttpRequest) -> str:
    return static("whitecross/saved_filters.css")


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    def may(request: HttpRequest) -> bool:
        return request.user.has_perm(permission)

    return may


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
        _page("Audit log", "policy", "audit.auditlog"),
        _page("Audit seals", "verified", "audit.auditseal"),
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
    "SITE_ICON": _icon,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _icon}],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "home.dashboard.dashboard",
    "STYLES": [_styles, _search_styles, _saved_filter_styles],
    "SCRIPTS": [_script("select_labels.js"), _script("landmarks.js")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        # Teal.
        "primary": {
            "50": "oklch(98.4% 0.014 180.72)",
            "100": "oklch(95.3% 0.051 180.801)",
            "200": "oklch(91% 0.096 180.426)",
            "300": "oklch(85.5% 0.138 181.071)",
            "400": "oklch(77.7% 0.152 181.912)",
            "500": "oklch(70.4% 0.14 182.503)",
            "600": "oklch(51.1% 0.096 186.391)",
            "700": "oklch(43.7% 0.078 188.216)",
            "800": "oklch(38.6% 0.063 188.416)",
            "900": "oklch(32% 0.055 188.9)",
            "950": "oklch(27.7% 0.046 192.524)",
        },
    },
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": navigation},
}
