from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo district: invented schools, staff and students, for trying White Cross out. It owns no tables."""

    name = "demo"
