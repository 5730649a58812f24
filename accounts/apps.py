from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """How people log in: passwords, lockout, second factors."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import checks  # noqa: F401, PLC0415 - registers them
