import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.decoding import decode


@given(st.text().filter(lambda text: "\x00" not in text and not text.startswith("\ufeff")))
def test_utf8_comes_back(text):
    assert decode(text.encode()) == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_mark_tells_the_encoding_and_is_dropped(encoding):
    assert decode("Schön ☕ 😀".encode(encoding)) == "Schön ☕ 😀"


def test_big_endian_utf16():
    assert decode(b"\xfe\xff" + "ß€".encode("utf-16-be")) == "ß€"


def test_cp1252_and_the_five_bytes_that_it_leaves_open():
    assert decode(b"\x80 \x99 \xfc") == "€ ™ ü"
    assert decode(b"\x81\x8d\x8f\x90\x9d") == "\x81\x8d\x8f\x90\x9d"


def test_utf16_cut_in_the_middle_of_a_character_keeps_the_rest():
    assert decode("\ufeffab".encode("utf-16-le")[:-1]).startswith("a")


@given(st.binary())
def test_any_bytes_are_some_text_without_nul(data):
    assert "\x00" not in decode(data)
