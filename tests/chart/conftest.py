from tests.admin.conftest import client_as, nurse

__all__ = ["client_as", "nurse"]
