"""Links that people write: only such as a stranger's server can follow. Told by the words alone, nothing is asked of a network."""

import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from kie import peers
from kie.inputs.bad import BadInput

if TYPE_CHECKING:
    from kie.inputs.field import Field

LINK_BYTES = 2_048
EXAMPLE_LINK = "https://example.com/photo.jpg"
INSIDE = (  # names that mean something within a network only
    ".local",
    ".localhost",
    ".localdomain",
    ".internal",
    ".intranet",
    ".lan",
    ".home",
    ".corp",
    ".private",
    ".home.arpa",
)
LEADING_INSIDE = [  # IPv6 that carries an IPv4 address to somewhere else
    ipaddress.IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
]
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def link(field: "Field", written: str, else_code: str, **facts: Any) -> str:
    """An http(s) link to a public address without user names and blanks, of at most 2 KB. Raises BadInput.

    A host that is inside a network by its very words is `link_inside`; only the origin of a configured peer is let
    through. What looks like no link at all is `else_code`.
    """
    parts = _parsed(written)
    if parts is not None and inside(parts.hostname or "") and not peers.at_origin(written):
        raise BadInput("link_inside", field=field.name)
    if parts is not None and _followable(written, parts):
        return written
    code = "not_a_link" if "://" in written else else_code
    raise BadInput(code, **{"field": field.name, "example": EXAMPLE_LINK, **facts})


def _parsed(written: str) -> SplitResult | None:
    """The parts of an http(s) URL with a host; None for anything else."""
    try:
        parts = urlsplit(written)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


def _followable(written: str, parts: SplitResult) -> bool:
    plain = len(written.encode()) <= LINK_BYTES and not re.search(r"[\s\\]", written)  # programs read \ differently
    return plain and parts.username is None and parts.password is None


def inside(host: str) -> bool:
    """Whether a host is literally internal: a bare name, a name of a local network, an address that is not public.

    All spellings of an IPv4 address that some program reads (127.1, 0x7f.1, 2130706433, full-width digits) count as one.
    """
    name = unicodedata.normalize("NFKC", host).replace("。", ".").lower().rstrip(".")
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        numeric = NUMBER.fullmatch(name.rpartition(".")[2]) is not None
        return "." not in name or "%" in name or numeric or name.endswith(INSIDE)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return inside(str(address.ipv4_mapped))
        if any(address in net for net in LEADING_INSIDE):
            return True
    return not address.is_global or address.is_multicast
