"""What every answer tells the browser, whoever made it: a page, an error, a file."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# A browser complains on every page of a feature that it does not know, as Chromium does of bluetooth.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media"),
        *("geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi"),
        *("payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
    )
)

# SecurityMiddleware sets some of these as well; but it refuses a wrong host before it comes to that.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

NOT_KEPT = "no-cache, no-store, must-revalidate, private"


class ResponseHeadersMiddleware:
    """Sets the headers of every answer, and lets nothing be kept but files that say that they are public."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        kept = {word.strip().lower() for word in response.headers.get("Cache-Control", "").split(",")}
        if not kept & {"public", "no-store"}:
            response.headers["Cache-Control"] = NOT_KEPT
        return response
