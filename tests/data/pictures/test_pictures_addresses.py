import asyncio
import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.pictures import addresses
from aisle.data.pictures.addresses import (
    PinnedBackend,
    RefusedAddressError,
    UnknownHostError,
    is_any,
    is_public,
)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:0001::",
        "64:ff9b::10.0.0.1",
    ],
)
def test_address_off_the_open_internet_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_address_on_the_open_internet_is_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_ipv4_address_changes_nothing(plain):
    number = int(plain)
    wrapped = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
    ]
    assert {is_public(str(address)) for address in wrapped} == {is_public(str(plain))}


def answering(monkeypatch, *answers):
    """Makes the name server give the answers in turn, the last one for good."""
    asked = []

    def getaddrinfo(host, port, *_, **__):
        asked.append(host)
        answer = answers[min(len(asked), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answer]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)
    return asked


def connect(backend, host, port=80):
    async def run():
        stream = await backend.connect_tcp(host, port, timeout=1)
        peer = stream.get_extra_info("server_addr")
        await stream.aclose()
        return peer[0]

    return asyncio.run(run())


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_name_is_resolved_once_and_the_checked_address_is_used(monkeypatch, port):
    asked = answering(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    backend = PinnedBackend(lambda address: address == "127.0.0.1")
    assert connect(backend, "shop.example", port) == "127.0.0.1"
    assert asked == ["shop.example"]


def test_one_refused_address_refuses_the_host(monkeypatch, port):
    answering(monkeypatch, ["127.0.0.1", "10.0.0.1"])
    with pytest.raises(RefusedAddressError, match=r"shop\.example is at 10\.0\.0\.1"):
        connect(PinnedBackend(lambda address: address == "127.0.0.1"), "shop.example", port)


def test_next_address_is_tried_where_the_first_does_not_answer(monkeypatch, port):
    answering(monkeypatch, ["127.0.0.9", "127.0.0.1"])
    assert connect(PinnedBackend(is_any), "shop.example", port) == "127.0.0.1"


def test_name_that_does_not_exist(monkeypatch):
    answering(monkeypatch, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    with pytest.raises(UnknownHostError, match=r"there is no host gone\.example"):
        connect(PinnedBackend(is_any), "gone.example")


def test_text_that_cannot_be_a_name():
    with pytest.raises(UnknownHostError, match="is no host name"):
        connect(PinnedBackend(is_any), "a..b")
