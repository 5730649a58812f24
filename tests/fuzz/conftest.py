from tests.leaks.conftest import built, world

__all__ = ["built", "world"]
