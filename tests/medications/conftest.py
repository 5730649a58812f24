from tests.admin.conftest import administrator, client_as, nurse

__all__ = ["administrator", "client_as", "nurse"]
