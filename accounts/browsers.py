"""Say in words which browser a User-Agent stands for. Browsers lie in it; the order of the questions knows how."""

import re

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:Headless)?(?:Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux"),
)


def browser_in_words(user_agent: str) -> str:
    """ "Firefox 140 on Linux"; as much of it as is known."""
    found = ((name, re.search(form, user_agent)) for name, form in _BROWSERS)
    browser = next((f"{name} {match[1]}" for name, match in found if match), "Unknown browser")
    system = next((name for name, form in _SYSTEMS if re.search(form, user_agent)), None)
    return f"{browser} on {system}" if system else browser
