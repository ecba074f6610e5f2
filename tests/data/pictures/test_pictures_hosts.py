from contextlib import nullcontext

import pytest

from aisle.data.pictures.hosts import AllowedHosts, FetchError, parse_address
from aisle.errors import InputError


@pytest.mark.parametrize(
    ("hosts", "url", "listed"),
    [
        (["shop.example"], "http://shop.example/a", True),
        (["Shop.Example"], "HTTPS://SHOP.example:443/a", True),
        (["bücher.example"], "http://xn--bcher-kva.example/", True),
        (["*.shop.example"], "http://cdn.shop.example/a", True),
        (["*.shop.example"], "http://a.b.shop.example/a", True),
        (["*.shop.example"], "http://shop.example/a", False),
        (["*.shop.example"], "http://evilshop.example/a", False),
        (["shop.example"], "http://shop.example:8080/a", False),
        (["shop.example:8080"], "http://shop.example:8080/a", True),
        (["shop.example"], "http://shop.example.evil.example/", False),
        (["shop.example"], "http://shop.example@evil.example/", False),
        (["shop.example"], "http://evil.example\\@other.example/shop.example", False),
        (["shop.example"], "http://evil.example#shop.example", False),
        (["shop.example"], "http://shop.example./", False),
        (["shop.example"], "ftp://shop.example/", False),
        (["shop.example"], "file://shop.example/etc/passwd", False),
    ],
)
def test_which_hosts_are_listed(hosts: list[str], url: str, listed: bool) -> None:
    allowed = AllowedHosts(hosts)
    with nullcontext() if listed else pytest.raises(FetchError):
        allowed.check(parse_address(url))


@pytest.mark.parametrize(
    "host", ["", "*", "*.com", "http://a.example", "a.example/b", "a b", "*a.b"]
)
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(InputError, match="is no host"):
        AllowedHosts([host])
