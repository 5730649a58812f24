from django.contrib.auth.backends import ModelBackend


class RoleBackend(ModelBackend):
    """What a user may do, by role."""
