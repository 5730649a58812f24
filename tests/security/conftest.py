"""The browser of tests/browser, for tests of safety."""

from tests.browser.conftest import CHROMIUM, base_url, browser_type_launch_args, demo_district

__all__ = ["CHROMIUM", "base_url", "browser_type_launch_args", "demo_district"]
