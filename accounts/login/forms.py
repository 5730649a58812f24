from typing import Any

from django import forms
from unfold.widgets import BASE_INPUT_CLASSES


class CodeForm(forms.Form):
    """A code of an authenticator app, or a recovery code."""

    code = forms.CharField(
        max_length=40,
        label="Code",
        widget=forms.TextInput(
            {
                "autocomplete": "one-time-code",
                "autocapitalize": "off",
                "spellcheck": "false",
                "autofocus": True,
                "class": " ".join(BASE_INPUT_CLASSES),
            }
        ),
    )

    def __init__(self, *args: Any, digits_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if digits_only:
            self.fields["code"].widget.attrs["inputmode"] = "numeric"


class PasswordForm(forms.Form):
    """The password once more."""

    password = forms.CharField(
        label="Password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(
            {"autocomplete": "current-password", "autofocus": True, "class": " ".join(BASE_INPUT_CLASSES)}
        ),
    )
