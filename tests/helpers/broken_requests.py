"""Requests as nobody should send them, as the bytes that go over a socket."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from random import Random

from broken_pictures import BROKEN, whole

_BOUNDARY = b"b0undary"
_FORM = b"multipart/form-data; boundary=" + _BOUNDARY


def broken_requests(seed: int, count: int) -> Iterator[bytes]:
    """So many requests, the same for the same seed."""
    random = Random(seed)
    for number in range(count):
        yield _FAMILIES[number % len(_FAMILIES)](random)


def request(
    body: bytes, kind: bytes = b"application/json", path: bytes = b"/v1/classify", *headers: bytes
) -> bytes:
    length = b"Content-Length: %d" % len(body)
    return _message(b"POST %b HTTP/1.1" % path, length, b"Content-Type: " + kind, *headers) + body


def _message(*lines: bytes) -> bytes:
    return b"\r\n".join([lines[0], b"Host: shop", *lines[1:], b"", b""])


def _picture_as_json(random: Random) -> bytes:
    picture = b64encode(random.choice(BROKEN)(random)).decode()
    product = {"image": picture} | ({"text": "mug"} if random.random() < 0.5 else {})
    return request(json.dumps(product).encode())


def _picture_as_form(random: Random) -> bytes:
    name = random.choice([b"a.png", b"../../a", b"\xff\0", b"a.php%00.png"])
    return request(
        _form((b'name="image"; filename="%b"' % name, random.choice(BROKEN)(random))), _FORM
    )


def _picture_in_a_stream(random: Random) -> bytes:
    picture = b64encode(random.choice(BROKEN)(random)).decode()
    lines = [
        {"image": picture, "id": "a"},
        {"text": "mug"},
        random.choice([None, [], {"text": ""}]),
    ]
    body = "\n".join(map(json.dumps, lines)).encode()
    return request(body, b"application/x-ndjson", b"/v1/classify/batch")


def _form(*parts: tuple[bytes, bytes]) -> bytes:
    return b"".join(_part(*part) for part in parts) + b"--%b--\r\n" % _BOUNDARY


def _part(disposition: bytes, data: bytes) -> bytes:
    return b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (
        _BOUNDARY,
        disposition,
        data,
    )


def _odd_form(random: Random) -> bytes:
    text, inner = _part(b'name="text"', b"mug"), b"Content-Type: multipart/mixed; boundary=c"
    bodies = [
        _form((b'name="text"', b"mug")).replace(_BOUNDARY, b"other"),
        text[: random.randrange(len(text))],
        b"--%b\r\n%b\r\n\r\n--c\r\n\r\nmug\r\n--c--\r\n--%b--\r\n" % (_BOUNDARY, inner, _BOUNDARY),
        text * 1_000 + b"--%b--\r\n" % _BOUNDARY,
        _form((b"", b"mug")),
        _form((b'name=""', b"mug")),
        _form((b'name="text', b"mug")),
        _form((b'name="text"', b"\xff\xfe\0mug")),
        _form((b"name*=utf-8''%ff; filename*=x'y'z", b"mug")),
        _form((b"name=text; filename*=utf-99''a%00", b"mug")),
        b"--%b\r\n%b: x\r\n\r\nmug\r\n--%b--" % (_BOUNDARY, b"a" * 9_000, _BOUNDARY),
        b"--%b\r\n\r\nmug\r\n--%b--\r\n" % (_BOUNDARY, _BOUNDARY),
        b"--%b\r\nno colon\r\n\r\nmug\r\n--%b--\r\n" % (_BOUNDARY, _BOUNDARY),
        b"\r\n" * 9_000 + _form((b'name="text"', b"mug")),
        b"--%b--\r\n" % _BOUNDARY,
        _form((b'name="text"', b"mug")) * 3,
        _form((b'name="id"', b"\xc3("), (b'name="text"', b"mug")),
        random.randbytes(random.randrange(300)),
        b"",
    ]
    kinds = [_FORM] * 9 + [
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b'multipart/form-data; boundary="',
        b"multipart/form-data; boundary=" + b"b" * 9_000,
        b"multipart/form-data; boundary*=utf-8''%ff",
        b"multipart/form-data; boundary=\xe9",
        b"multipart/mixed; boundary=" + _BOUNDARY,
        b"multipart/form-data; ;;=;\t; boundary=a; boundary=b",
    ]
    path = random.choice([b"/v1/classify"] * 9 + [b"/v1/classify/batch"])
    return request(random.choice(bodies), random.choice(kinds), path)


def _odd_json(random: Random) -> bytes:
    deep = random.choice([500, 5_000, 200_000])
    good = json.dumps(
        {"id": "a", "texts": ["mug", "cup"], "image": b64encode(whole("PNG")).decode()}
    )
    garbled = bytearray(good.encode())
    garbled[random.randrange(len(garbled))] = random.randrange(256)
    digits = b"9" * random.choice([400, 4_000, 5_000])
    bodies = [
        bytes(garbled),
        good.encode()[: random.randrange(len(good))],
        good.encode("utf-16"),
        b"\xef\xbb\xbf" + good.encode(),
        b"[" * deep,
        b'{"text":' * deep,
        b'{"texts":' + b"[" * deep + b"]" * deep + b"}",
        b'{"id": 1e400, "text": "mug"}',
        b'{"id": -1e-400, "text": "mug"}',
        b'{"id": %b, "text": "mug"}' % digits,
        b'{"id": -%b.0, "text": "mug"}' % digits,
        b'{"text": "mug", "text": "cup", "image": null, "image": null}',
        b'{"text": "mug", "text": 5}',
        b'{"text": "\xff\xfe"}',
        b'{"text": "\xed\xa0\x80"}',
        b'{"text": "\\ud83d"}',
        b'{"text": "mug\\u0000mug", "id": "\\u0000"}',
        b'{"text": "mug\0"}',
        b'{"text": NaN, "id": Infinity}',
        b'{"\\u0000": "mug"}',
        b'{"%b": 1}' % (b"k" * 9_000),
        b'{"a\\r\\nSet-Cookie: b=c": 1}',
        b'{"__proto__": {"a": 1}, "text": "mug"}',
        b'{"text": {"$gt": ""}}',
        b'{"id": true, "text": "mug"}',
        b'{"images": [' + b'"",' * 99_999 + b'""]}',
        b'{"image": "%b"}'
        % random.choice([b"====", b"a", b"a*b", b"YQ", b"\\u0000", b"data:;base64,"]),
        b'{"image": "%b"}'
        % random.choice([b"http://169.254.169.254/", b"file:///etc/passwd", b"/etc/passwd"]),
        b'{"text": "'
        + random.choice(["\u202e", "\U000e0001", "a\u0301" * 999, "\uffff"]).encode()
        + b'"}',
        random.randbytes(random.randrange(1, 300)),
        b"",
        b"null",
        b"\0",
    ]
    kinds = [b"application/json"] * 9 + [
        b"",
        b"application/json; charset=utf-16",
        b"text/\xff",
        b"a/b",
    ]
    path = random.choice([b"/v1/classify", b"/v1/classify", b"/v1/classify/batch"])
    return request(random.choice(bodies), random.choice(kinds), path)


def _odd_lines(random: Random) -> bytes:
    lines = [
        b"",
        b"\r",
        b"{}",
        b"{",
        b"[1]",
        b"\0",
        b"\xff\xfe",
        b'{"text": "mug"}',
        b'{"id": ' + b"9" * 5_000 + b"}",
        b'{"id": 1e400}',
        b'{"id": {"a": 1}}',
        b'{"id": "x", "image": "!"}',
        b"[" * 9_000,
        b'"' * 9_000,
    ]
    body = b"\n".join(random.choices(lines, k=random.randrange(30)))
    return request(body, b"application/x-ndjson", b"/v1/classify/batch")


def _odd_target(random: Random) -> bytes:
    targets = [
        b"/../../../../etc/passwd",
        b"/%2e%2e/%2e%2e/etc/passwd",
        b"/static-offline-docs/../../../../etc/passwd",
        b"/static-offline-docs/..%2f..%2f..%2fetc%2fpasswd",
        b"/static-offline-docs/%00",
        b"/static-offline-docs/" + b"a" * 9_000,
        b"/static-offline-docs/%ff%fe",
        b"/static-offline-docs",
        b"/static-offline-docs//etc/passwd",
        b"/docs%00",
        b"/docs/",
        b"//evil.example/%2f..",
        b"/v1/classify/",
        b"/v1/classify?why=%ff&why=%00&why=" + b"a" * 3_000,
        b"/v1/classify?why[]=1",
        b"/v1/model/",
        b"/v1/%0d%0aSet-Cookie:%20a=b",
        b"/v1/\xe9",
        b"http://169.254.169.254/v1/model",
        b"*",
        b"//",
        b"/" + b"a/" * 9_000,
        b"/%",
        b"/%zz%",
        b"/" + b"%25" * 2_000,
        b"?",
        b"shop:443",
    ]
    methods = [b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE", b"CONNECT"]
    more = [b"get", b"PROPFIND", b"A" * 200, b"X-1", b"M\xc3", b"GET GET"]
    line = b"%b %b HTTP/1.1" % (random.choice(methods * 3 + more), random.choice(targets))
    return _message(line, b"Content-Length: 0")


def _odd_headers(random: Random) -> bytes:
    headers = [
        b"A: " + b"a" * random.choice([9_000, 70_000, 300_000]),
        b"\r\n".join(b"X-%d: a" % number for number in range(random.choice([90, 5_000]))),
        b"Content-Type: application/json\r\nContent-Type: text/plain",
        b"Content-Length: -1",
        b"Content-Length: 5, 6",
        b"Content-Length: 0x10",
        b"Content-Length: 1e3",
        b"Content-Length: " + b"9" * random.choice([15, 30, 5_000]),
        b"Content-Length: 3\r\nContent-Length: 4",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: \x0bchunked",
        b"Expect: 200-maybe\r\nContent-Length: 0",
        b"Authorization: Bearer \xff\xfe\xfd",
        b"Authorization: Basic " + b"=" * 99,
        b"X-API-Key: " + b"k" * 9_000,
        b"Host: other",
        b"Host: a b",
        b"A : b",
        b" folded: a",
        b": empty",
        b"no colon",
        b"A: \0",
        b"A: a\nB: b",
        b"A: a\rB: b",
        b"\xff: a",
        b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        b"Range: bytes=0-0,-1,5-2\r\nIf-Range: x",
        b"If-Modified-Since: never\r\nIf-None-Match: \xff",
        b"Accept: " + b"*/*;q=0.1," * 900,
        b"Cookie: " + b"a=b;" * 900 + b'c="\\377',
        b"Content-Encoding: gzip\r\nContent-Length: 0",
        b"X-Forwarded-For: 127.0.0.1\r\nForwarded: for=x",
    ]
    targets = [b"/v1/classify", b"/v1/model", b"/docs", b"/static-offline-docs/swagger-ui.css"]
    line = b"%b %b HTTP/1.1" % (random.choice([b"POST", b"GET"]), random.choice(targets))
    return _message(line, *random.choices(headers, k=random.choice([1, 1, 2]))) + b"{}"


def _odd_chunks(random: Random) -> bytes:
    head = _message(b"POST /v1/classify HTTP/1.1", b"Transfer-Encoding: chunked")
    bodies = [
        b"zz\r\nmug\r\n0\r\n\r\n",
        b"-1\r\nmug\r\n0\r\n\r\n",
        b"ffffffffffffffffffffffff\r\nmug\r\n0\r\n\r\n",
        b"3\r\nmugmug\r\n0\r\n\r\n",
        b"3;a=b;" + b"c" * random.choice([10, 90_000]) + b"\r\nmug\r\n0\r\n\r\n",
        b"3\nmug\n0\n\n",
        b"0\r\nA: b\r\nnonsense\r\n\r\n",
        b"0\r\n" + b"A: b\r\n" * 9_000 + b"\r\n",
        b"3\r\nmu",
        b"\r\n\r\n",
        b"1\r\na\r\n" * 9_000 + b"0\r\n\r\n",
    ]
    return head + random.choice(bodies)


def _no_http(random: Random) -> bytes:
    socket_key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade"
    path = random.choice([b"/v1/classify", b"/v1/model", b"/", b"/nowhere"])
    get = b"GET %b HTTP/1.1" % path
    return random.choice(
        [
            b"GET /\r\n\r\n",
            b"GET / HTTP/0.9\r\n\r\n",
            b"GET /v1/model HTTP/1.0\r\n\r\n",
            b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9) + random.randbytes(40),
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + random.randbytes(200),
            b"\0" * 300 + b"\r\n\r\n",
            b"SSH-2.0-a\r\n\r\n",
            b"EHLO a\r\n\r\n",
            b"\r\n\r\n\r\n" + _message(b"GET /v1/model HTTP/1.1"),
            b"GET /v1/model HTTP/1.1\nHost: a\n\n",
            random.randbytes(200) + b"\r\n\r\n",
            _message(get, upgrade, socket_key),
            _message(get, upgrade),
            _message(get, upgrade, socket_key.replace(b"13", b"99")),
            _message(get, upgrade, b"Sec-WebSocket-Key: \xff\r\nSec-WebSocket-Version: x"),
            _message(b"POST" + get[3:], upgrade, socket_key, b"Content-Length: 2") + b"{}",
        ]
    )


def _wrong_length(random: Random) -> bytes:
    """Less comes than was told, or more."""
    whole_one = request(b'{"text": "mug"}')
    told = random.choice([b"5", b"14", b"16", b"99", b"50000000", b"99999999999999999"])
    return whole_one.replace(b"Content-Length: 15", b"Content-Length: " + told)


_FAMILIES: tuple[Callable[[Random], bytes], ...] = (
    _picture_as_json,
    _odd_json,
    _picture_as_form,
    _odd_form,
    _odd_headers,
    _picture_as_json,
    _odd_target,
    _odd_chunks,
    _no_http,
    _picture_in_a_stream,
    _odd_lines,
    _wrong_length,
)
