from unfold.sites import UnfoldAdminSite


class AdminSite(UnfoldAdminSite):
    """The face of White Cross: the admin, for everyone who may log in."""
