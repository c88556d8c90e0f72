"""A line to strangers' servers, that can be cut and leads to public addresses alone."""

from typing import Any
from urllib.parse import urlsplit

import requests
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from reliability.line import Line


class PublicLine(Line):
    """requests-hardened's judgement of addresses, which an adapter of its own would bring."""

    def __init__(self) -> None:
        self._judges = {scheme: IPFilterAdapter(is_https_proto=scheme == "https") for scheme in ("http", "https")}
        super().__init__()

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """Where to connect. Raises requests' errors for an address that is not public."""
        judge = self._judges[urlsplit(request.url or "").scheme]
        return judge.build_connection_pool_key_attributes(request, verify, cert)
