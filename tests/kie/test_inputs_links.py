"""Links among the answers: public hosts are taken, internal ones refused however they are written."""

import pytest

from tests.kie.asking import FIELDS, refused


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "nas",
        "printer.local",
        "db.internal",
        "router.home.arpa",
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "0177.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1%25eth0]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "example.com@127.0.0.1",
        "%31%32%37.0.0.1",
    ],
)
@pytest.mark.parametrize("name", ["photos", "page"])
def test_a_host_that_is_literally_internal_is_refused(name, host):
    assert refused(name, f"http://{host}:8080/a.jpg").code == "link_inside"


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "пример.рф", "local.example.com", "a-1.example.co"])
def test_a_public_host_is_taken(host):
    link = f"https://{host}/a.jpg"
    assert FIELDS["photos"].parse(link) == link


@pytest.mark.parametrize("link", ["https://@example.com/a", "https://example.com\\@a.b/", "https://a.b:99999/"])
def test_a_link_that_programs_may_read_differently_is_refused(link):
    assert refused("page", link).code == "not_a_link"
