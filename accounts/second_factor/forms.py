from django import forms
from unfold.widgets import BASE_INPUT_CLASSES


class PasskeyForm(forms.Form):
    """A new passkey: what its owner calls it, and what the browser has made."""

    name = forms.CharField(
        max_length=60,
        label="Name",
        help_text="By which you know it again: my phone, blue key.",
        widget=forms.TextInput({"autocomplete": "off", "class": " ".join(BASE_INPUT_CLASSES)}),
    )
    passkey = forms.CharField(max_length=20_000, widget=forms.HiddenInput)
