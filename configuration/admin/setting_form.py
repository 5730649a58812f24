"""The form of a setting: its value by a field fit for its type, for whom, and why."""

from typing import Any
from uuid import UUID

from django import forms
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from configuration.admin.value_fields import initial_of, setting_of, value_field
from configuration.models import ConfigScope, SystemConfiguration
from configuration.resolving import Holder
from core.admin.forms import WhiteCrossForm
from core.admin.reach import schools_in_reach
from core.models import District, User, UserRole


def holders_of(user: Any, scopes: Any) -> dict[Holder, str]:
    """Whom somebody may set values for, by name: the own district and schools; an administrator all of them."""
    found: dict[Holder, str] = {}
    is_administrator = user.is_superuser or user.role == UserRole.ADMIN
    if ConfigScope.DISTRICT in scopes and (is_administrator or user.role == UserRole.DISTRICT_ADMIN):
        districts = District.objects.all() if is_administrator else District.objects.filter(pk=user.district_id)
        found |= {Holder(ConfigScope.DISTRICT, row.pk): row.name for row in districts.order_by("name")}
    if ConfigScope.SCHOOL in scopes:
        schools = schools_in_reach(user).order_by("name")
        found |= {Holder(ConfigScope.SCHOOL, row.pk): row.name for row in schools}
    return found


def may_set(user: Any, row: SystemConfiguration) -> bool:
    """Whether somebody may change the value of a row, by whom it holds for; the database says the same."""
    if user.is_superuser or user.role == UserRole.ADMIN:
        return True
    if row.scope == ConfigScope.DISTRICT:
        return user.role == UserRole.DISTRICT_ADMIN and row.scope_id == user.district_id
    if row.scope != ConfigScope.SCHOOL or row.scope_id is None:
        return False
    return schools_in_reach(user).filter(pk=row.scope_id).exists()


class SystemConfigurationForm(WhiteCrossForm):
    """A value, which is asked for by its type. A change says why."""

    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=500,
        help_text="Every change needs a reason. It stands in the history, beside your name.",
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = SystemConfiguration
        fields = ("value", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setting = setting_of(self.instance)
        if "value" in self.fields:
            self.fields["value"] = value_field(self.setting)
            self.initial["value"] = initial_of(self.setting, self.instance.value)

    def clean_value(self) -> str:
        value = self.cleaned_data["value"]
        if value is None or (value == "" and self.setting.default is None):
            value = None
        try:
            return self.setting.as_text(value)
        except ValueError:
            raise forms.ValidationError(f"This should be {self.setting.right}.") from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        changed = set(self.changed_data) - {"reason"}
        if "value" in changed and "is_active" not in changed and "is_active" in cleaned:
            cleaned["is_active"] = True  # a value that is set is meant to hold
        if changed and not cleaned.get("reason") and "reason" in self.fields:
            self.add_error("reason", "Say why, for those who will wonder.")
        return cleaned


class NewSystemConfigurationForm(SystemConfigurationForm):
    """A value for a district, a school or a user, in place of what holds more widely."""

    holder = forms.ChoiceField(label="For whom", required=False, widget=UnfoldAdminSelectWidget)
    user = forms.EmailField(
        label="For the user with the e-mail address", required=False, widget=UnfoldAdminEmailInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        holders = holders_of(self.request.user, self.setting.scopes)
        groups: dict[str, list[tuple[str, str]]] = {}
        for holder, name in holders.items():
            groups.setdefault(holder.scope.label, []).append((f"{holder.scope} {holder.key}", name))
        self.fields["holder"].choices = [("", "Choose"), *groups.items()]  # type: ignore[attr-defined]  # a choice
        if ConfigScope.USER not in self.setting.scopes:
            del self.fields["user"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        holder = self._holder(cleaned)
        if holder is not None:
            self.instance.scope, self.instance.scope_id = holder
            taken = SystemConfiguration.objects.filter(
                key=self.setting.key, scope=holder.scope, scope_id=holder.key, is_active=True
            )
            if taken.exists():
                self.add_error("holder", "There is a value already. Change that one, from the list.")
        return cleaned

    def _holder(self, cleaned: dict[str, Any]) -> Holder | None:
        if email := cleaned.get("user"):
            found = User.objects.filter(email=email.lower()).first()
            if found is not None:
                return Holder(ConfigScope.USER, found.pk)
            self.add_error("user", "There is no such user.")
        elif chosen := cleaned.get("holder"):
            scope, _, key = chosen.partition(" ")
            return Holder(ConfigScope(scope), UUID(key))
        elif "holder" not in self.errors:
            self.add_error("holder", "Choose for whom the value is to hold.")
        return None

    def validate_constraints(self) -> None:
        """Nothing: a value that was taken back is set again in its row, which the rule of one row a holder has not."""
