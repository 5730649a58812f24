from typing import Any

from django.contrib import admin
from django.urls import path

site: Any = admin.AdminSite(name="admin")
urlpatterns = [path("admin/", site.urls)]
