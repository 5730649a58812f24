from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """How people log in, stay logged in, and are logged off."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import checks, public_address  # noqa: F401, PLC0415  # registers them
