import gzip
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import EncoderError
from aisle.networks.glove import read_glove

LINES = ["the 0.418 0.24968 -0.41242", ", 0.013441 0.23682 -1e-3", "watch 1 2 3", "shoe -4 5.5 6"]
WORDS = ["shoe", "unheard", "watch"]


def write(path, lines, end="\n"):
    path.write_bytes(("\n".join(lines) + end).encode())
    return path


@pytest.fixture
def file(tmp_path):
    return tmp_path / "glove.txt"


def test_rows_are_the_words_numbers(file):
    vectors = read_glove(write(file, LINES), WORDS)
    assert vectors.matrix.dtype == np.float32
    assert vectors.matrix.tolist() == [[0, 0, 0], [-4, 5.5, 6], [0, 0, 0], [1, 2, 3]]
    assert vectors.found == 2


@pytest.mark.parametrize("end", ["", "\r\n", " \n", "\n\n"])
def test_ends_of_lines_in_the_wild(file, end):
    vectors = read_glove(write(file, LINES, end), WORDS)
    assert vectors.matrix[1].tolist() == [-4, 5.5, 6]


def test_words_with_spaces_and_odd_bytes(file):
    lines = [
        *LINES,
        "shoe name@domain.com 7 7 7",
        ". . . 8 8 8",
        "a\u2028b 9 9 9",
        "a\x85\x0bb 3 3 3",
    ]
    file.write_bytes("\n".join(lines).encode() + b"\n\xff\xfe 1 1 1\nred 2 2 2\n")
    words = [*WORDS, ". . .", "a\u2028b", "red", "name@domain.com"]
    vectors = read_glove(file, words)
    assert vectors.matrix[1].tolist() == [-4, 5.5, 6]
    assert vectors.matrix[4:, 0].tolist() == [8, 9, 2, 0]
    assert vectors.found == 5


def test_of_two_vectors_of_a_word_the_first_counts(file):
    assert read_glove(write(file, [*LINES, "shoe 9 9 9"]), ["shoe"]).matrix[1].tolist()[0] == -4


def test_no_words_at_all(file):
    vectors = read_glove(write(file, LINES), [])
    assert vectors.matrix.tolist() == [[0, 0, 0]]
    assert vectors.found == 0


word = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\n0123456789"), min_size=1
)
number = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(word, st.tuples(number, number), min_size=1), st.data())
def test_whatever_was_written_is_read(file, vectors, data):
    lines = [f"{word} {a!r} {b!r}" for word, (a, b) in vectors.items() if word != "the"]
    write(file, ["the 1 2", *lines])
    wanted = data.draw(st.permutations(sorted(vectors.keys() | {"the"})))
    found = read_glove(file, wanted)
    expected = np.array([{**vectors, "the": (1, 2)}[word] for word in wanted], dtype=np.float32)
    np.testing.assert_array_equal(found.matrix[1:], expected)
    assert found.found == len(wanted)


def fault(path, says, chunk=1000):
    with pytest.raises(EncoderError, match=says) as caught:
        read_glove(path, WORDS, chunk)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < len(str(path)) + 200


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("shoe 1 2", "line 5 has 2 values where the first line has 3"),
        ("shoe 1 2 3 4", "line 5 has 4 values where the first line has 3"),
        ("shoe", "line 5 has 0 values"),
        ("shoe 1 two 3", "line 5 holds 'two' where a number was expected"),
        ("shoe 1 2 nan", "line 5 holds 'nan'"),
        ("shoe 1 1e99 3", "line 5 holds '1e99'"),
        ("shoe 1  2", "line 5 holds ''"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 1_000_000])
def test_damaged_line_of_a_wanted_word(file, chunk, line, says):
    fault(write(file, [*LINES[:3], "pan 1", line, "end 1 2 3"]), says, chunk)


@pytest.mark.parametrize("line", ["shoe 0.1 0.2", "unwanted 0.1", "sho"])
def test_file_that_is_cut_off(file, line):
    fault(write(file, [*LINES[:3], line], end=""), r"line 4 is cut off after \d of 3 values")


def test_header_of_word2vec(file):
    fault(write(file, ["400000 3", *LINES]), "begins with '400000 3', the header of a word2vec")


@pytest.mark.parametrize(
    "line", ["", "the", "id,title,price", "the red shoe", "{" + '"key": 1, ' * 99, "\ufeff\x1b[31m"]
)
def test_other_texts(file, line):
    fault(write(file, [line, *LINES]), "where a word and its values were expected; give")


def test_what_is_no_file_of_vectors(file, tmp_path):
    fault(file, "does not exist; give a text file of GloVe vectors")
    fault(tmp_path, "is a folder; give a text file")
    file.touch()
    fault(file, r"is empty \(0 bytes\)")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("glove.6B.100d.txt", "\n".join(LINES))
    fault(file, "is a ZIP file; unpack it")
    file.write_bytes(gzip.compress(b"the 1 2 3"))
    fault(file, "is a gzip file; unpack it")
    file.write_bytes(b"3000000 300\nthe \x00\x01\x02")
    fault(file, "is a binary file")
    file.write_bytes(b"\x01" * 100_000)
    fault(file, "is a binary file")


def test_file_that_may_not_be_read(file, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    write(file, LINES)
    monkeypatch.setattr("pathlib.Path.open", refuse)
    fault(file, "cannot be read: Permission denied")


def test_none_of_the_words(file):
    fault(write(file, LINES[:2]), r"holds none of the 3 words of the training texts \('shoe', …\)")


def test_memory_does_not_grow_with_the_file(file):
    values = " ".join(["-0.12345"] * 100)
    with file.open("w") as out:
        out.writelines(f"word{i} {values}\n" for i in range(50_000))
    words = [f"word{i}" for i in range(0, 50_000, 50)]
    tracemalloc.start()
    try:
        vectors = read_glove(file, words)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert vectors.found == 1_000
    assert file.stat().st_size > 45e6
    assert peak < 15e6
