from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Django's admin, with White Cross's own site."""

    default_site = "whitecross.admin_site.AdminSite"
