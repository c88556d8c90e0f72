"""Where KIE is, as configured: a stand-in may live on an address that is closed to everybody else's links."""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings

PORTS = {"http": 80, "https": 443}


def at_origin(url: str) -> bool:
    """Whether `url` is at the very origin (scheme, host and port) of KIE's API or uploads: for what people send."""
    return _origin(urlsplit(url)) in {_origin(one) for one in _peers()}


def on_host(url: str) -> bool:
    """Whether `url` is on the host of KIE's API or uploads, at any port: for what KIE itself says."""
    return urlsplit(url).hostname in {one.hostname for one in _peers()}


def _peers() -> list[SplitResult]:
    return [urlsplit(origin) for origin in (settings.KIE_API_URL, settings.KIE_UPLOAD_URL)]


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
