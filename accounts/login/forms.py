from typing import Any

from django import forms
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES


class LogInForm(AuthenticationForm):
    """E-mail address and password. What is wrong with them is said in words of the school, and alike for all."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "This e-mail address and this password do not belong together. Check both; capital letters "
        "matter in the password.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address"


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
