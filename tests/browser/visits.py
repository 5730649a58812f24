"""How a browser visits the demo district."""

import re
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize, expect

from configuration.models import ConfigurationHistory, SystemConfiguration
from core.database.soft_delete import SoftDeleteModel
from core.models import Student, User, UserRole
from core.roles import PERMISSIONS
from demo.logins import DEMO_PASSWORD, login_of
from health.models import Allergy
from medications.models import StudentMedication
from tests.admin.pages import OUR_MODELS, page, perm
from tests.factories.health import AllergyFactory
from tests.factories.medications import StudentMedicationFactory

# Pages about oneself, which everybody has.
OF_THE_ACCOUNT = (
    "account",
    "account_sessions",
    "account_second_factor",
    "account_passkeys",
    "account_recovery_codes",
)

# No student of the demo is allergic to them.
CASHEWS = "Cashews"

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Visit:
    """Somebody of a role who is logged in, in a browser."""

    browser: Page
    address: str
    role: UserRole

    def open(self, path: str) -> None:
        """Go to a page of ours, which must be there."""
        response = self.browser.goto(self.address + path)
        assert response is not None
        assert response.ok, f"{path} answers {response.status}"


def log_in(browser: Page, address: str, role: UserRole, *, theme: str = "light") -> Visit:
    """Log in as the demo's user of a role, by the log-in page."""
    browser.goto(f"{address}/admin/login/")
    browser.evaluate("theme => localStorage.setItem('adminTheme', JSON.stringify(theme))", theme)
    browser.locator("#id_username").fill(login_of(role))
    browser.locator("#id_password").fill(DEMO_PASSWORD)
    browser.locator("#id_password").press("Enter")
    browser.wait_for_url(re.compile("/admin/$"))
    expect(browser.locator("h1").first).to_be_visible()
    return Visit(browser, address, role)


def child_with_much() -> Student:
    """A student of the demo nurse's school with a life-threatening allergy and an order under which she may give doses.

    Made on first call. Which of the demo's own students have such, and what holds a dose back, changes with the day on
    which the demo is loaded.
    """
    school = User.objects.get(email=login_of(UserRole.NURSE)).school
    if made := Allergy.objects.filter(allergen=CASHEWS, student__school=school).select_related("student").first():
        return made.student
    children = Student.objects.filter(school=school, is_active=True)
    plain = children.exclude(pk__in=Allergy.objects.values("student"))
    child = plain.exclude(pk__in=StudentMedication.objects.values("student")).order_by("pk")[0]
    StudentMedicationFactory.create(student=child, requires_parent_consent=False)
    return AllergyFactory.create(student=child, life_threatening=True, allergen=CASHEWS).student


def pages_of(role: UserRole) -> dict[str, str]:
    """The addresses that a role may open, by what they are."""
    may = PERMISSIONS[role]
    child = child_with_much()
    found = {"home": reverse("admin:index"), "own password": reverse("admin:password_change")}
    found |= {name: reverse(f"admin:{name}") for name in OF_THE_ACCOUNT}
    if role == UserRole.NURSE:
        found["emergency access"] = reverse("admin:emergency_find")
    if perm(Student, "view") in may:
        found["chart"] = reverse("admin:core_student_chart", args=[child.pk])
    if "incidents.view_emergencycontact" in may:
        found["card"] = reverse("admin:core_student_card", args=[child.pk])
    for model in OUR_MODELS:
        name = str(model._meta.verbose_name)
        if perm(model, "view") not in may or model not in admin.site._registry:
            continue
        found[f"list of {name}"] = page(model, "changelist")
        if perm(model, "add") in may:
            found[f"new {name}"] = page(model, "add")
            if model is SystemConfiguration:
                found["choice of a setting"] = reverse("admin:configuration_systemconfiguration_add")
        if row := _row_in_reach(model, child):
            found[name] = page(model, "change", row)
            if model is ConfigurationHistory and perm(SystemConfiguration, "change") in may:
                found["value set again"] = page(model, "revert", row)
            found[f"history of {name}"] = page(model, "history", row)
            if perm(model, "delete") in may:
                found[f"deletion of {name}"] = page(model, "delete", row)
    return found


def _row_in_reach(model: type[Model], child: Student) -> object | None:
    """The key of a row of the child's, or of its school; None for a table that has no such row."""
    if model is Student:
        return child.pk
    model_admin = admin.site._registry[model]
    rows = model._base_manager.all()
    if path := getattr(model_admin, "student_path", None):
        rows = rows.filter(**{f"{path}__school": child.school_id})
        if issubclass(model, SoftDeleteModel):
            rows = rows.filter(deleted_at=None)
    elif model is User:
        rows = rows.filter(school=child.school_id)
    return rows.order_by("pk").values_list("pk", flat=True).first()
