import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.data.tables import decode, read_table
from aisle.errors import TableError

ROWS = [{"title": "Rote Schüssel", "price": "3"}, {"title": "Löffel", "price": "4"}]


@pytest.fixture
def read(tmp_path):
    """Writes bytes to a file of the given name and reads it as a list of rows."""

    def write_and_read(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path).to_pylist()

    return write_and_read


@pytest.fixture
def refusal(read):
    """The one line of the TableError that a file leads to."""

    def of(name, content):
        with pytest.raises(TableError) as caught:
            read(name, content)
        message = str(caught.value)
        assert "\n" not in message
        return message

    return of


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_with_any_usual_separator(read, delimiter):
    lines = ["title,price", "Rote Schüssel,3", "Löffel,4"]
    assert read("t.csv", "\n".join(lines).replace(",", delimiter)) == ROWS


def test_tsv_keeps_its_commas(read):
    assert read("t.tsv", "a,b,c\td\nx,y\t1\n") == [{"a,b,c": "x,y", "d": "1"}]


def test_separators_within_quoted_names_do_not_count(read):
    assert read("t.csv", '"a;b;c",d\n1,2\n') == [{"a;b;c": "1", "d": "2"}]


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson", "T.JSONL"])
def test_json_lines_with_blank_lines_and_missing_keys(read, name):
    text = '{"a": 1, "b": ["x", "y"]}\n\n{"c": "z"}\n'
    assert read(name, text) == [
        {"a": 1, "b": ["x", "y"], "c": None},
        {"a": None, "b": None, "c": "z"},
    ]


def test_json_values_that_do_not_fit_one_type_become_text(read):
    rows = read("t.jsonl", '{"a": 1}\n{"a": "x"}\n{"a": ["p.jpg", true]}\n{"a": null}\n')
    assert [row["a"] for row in rows] == ["1", "x", '["p.jpg", true]', None]


def test_json_numbers_beyond_64_bits_and_half_surrogates_are_kept_as_text(read):
    rows = read("t.jsonl", '{"a": 123456789012345678901234567890, "b": "x\\ud800y"}\n')
    assert rows == [{"a": "123456789012345678901234567890", "b": "x?y"}]


def test_parquet_file_and_folder(tmp_path):
    table = pa.Table.from_pylist(ROWS)
    for part in (0, 1):
        (tmp_path / "parts" / f"shard={part}").mkdir(parents=True)
        pq.write_table(table.slice(part, 1), tmp_path / "parts" / f"shard={part}" / "x.parquet")
    pq.write_table(table, tmp_path / "t.parquet")
    assert read_table(str(tmp_path / "t.parquet")).to_pylist() == ROWS
    assert read_table(tmp_path / "parts").select(["title", "price"]).to_pylist() == ROWS


def test_parquet_with_a_repeated_column(tmp_path):
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "t.parquet")
    with pytest.raises(TableError, match="Multiple matches for"):
        read_table(tmp_path / "t.parquet")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(read, line_end):
    assert read("t.csv", line_end.join(["a,b", "1,2", '"3",4', ""])) == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]


def test_quoted_line_breaks_stay_in_their_field(read):
    assert read("t.csv", 'a,b\r\n"one\r\ntwo\nthree",x\r\n"","say ""hi"""\r\n') == [
        {"a": "one\ntwo\nthree", "b": "x"},
        {"a": "", "b": 'say "hi"'},
    ]


def test_bare_carriage_return_inside_a_field_is_a_space(read):
    rows = read("t.csv", 'a,b\nfive\rsix,"seven\reight"\n9,10\n')
    assert rows == [{"a": "five six", "b": "seven eight"}, {"a": "9", "b": "10"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_encodings(read, encoding):
    text = "title,price\nRote Schüssel,3\nLöffel,4\n"
    assert read("t.csv", text.encode(encoding)) == ROWS


def test_single_legacy_bytes_leave_the_utf8_around_them_whole(read):
    content = "a\nCafé ☕ 😀 ".encode() + b"\x93quoted\x94 \xe9t\xe9 \x80 5\n"
    assert read("t.csv", content) == [{"a": "Café ☕ 😀 “quoted” été € 5"}]


def test_nul_bytes_are_dropped(read):
    assert read("t.csv", b"a,b\n1\x00,\x002\n") == [{"a": "1", "b": "2"}]


def test_description_of_one_megabyte(read):
    long = "blue shirt, " * 90_000
    assert read("t.csv", f'a,b\n"{long}",x\ny,z\n') == [
        {"a": long, "b": "x"},
        {"a": "y", "b": "z"},
    ]


def test_too_few_fields_are_missing_and_blank_lines_are_no_rows(read):
    assert read("t.csv", "a,b,c\n1\n\n4,5,6\n") == [
        {"a": "1", "b": None, "c": None},
        {"a": "4", "b": "5", "c": "6"},
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.csv", 'a,b\n1,2\n"open,3\n4,5\n', "the quote opened after line 2 is never closed"),
        ("t.csv", 'a,b\n1,2\n3,"open\n', "the quote opened after line 2 is never closed"),
        ("t.csv", "a,b\n1,2\n3,4,5\n", "row 3 has 3 fields, the header 2"),
        ("t.csv", "a,b,a\n1,2,3\n", "'a' twice"),
        ("t.csv", "", "0 bytes"),
        ("t.csv", "a,b\n", "no rows"),
        ("t.csv", "\n\n", "no rows"),
        ("t.csv", b"\xef\xbb\xbf", "no rows"),
        ("t.jsonl", "\n\n", "no rows"),
        ("t.xlsx", "a,b\n1,2\n", "unknown ending '.xlsx'; known are .csv, .jsonl"),
        ("t", "a,b\n1,2\n", "unknown ending ''"),
        ("t.jsonl", '{"a": 1}\n{"a": \n', "line 2 is not JSON"),
        ("t.jsonl", '{"a": 1}\n[1, 2]\n', "line 2 is a JSON list; one object a line"),
        ("t.jsonl", "[" * 100_000, "line 1 cannot be read"),
        ("t.jsonl", '{"a": ' + "9" * 5000 + "}", "line 1 cannot be read"),
        ("t.jsonl", "".join(f'{{"k{n}": 1}}\n' for n in range(2_400)), "leave most of them out"),
        (
            "t.csv",
            ",".join(f"k{n}" for n in range(1_000)) + "\n1" * 6_000,
            "1,000 columns, and rows",
        ),
        ("t.parquet", b"PAR1 and nothing more", "cannot be read as Parquet"),
    ],
)
def test_file_that_cannot_be_used_is_one_clear_line(refusal, name, content, says):
    message = refusal(name, content)
    assert says in message
    assert name in message


def test_many_columns_each_in_a_row_of_its_own(read):
    rows = read("t.jsonl", "".join(f'{{"k{n}": {n}}}\n' for n in range(1_000)))
    assert len(rows) == len(rows[0]) == 1_000
    assert [{k: v for k, v in row.items() if v is not None} for row in rows] == [
        {f"k{n}": n} for n in range(1_000)
    ]


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.99])
def test_truncated_parquet(tmp_path, keep):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [str(i) for i in range(1000)]}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(TableError, match="Parquet"):
        read_table(path)
    with pytest.raises(TableError, match="Parquet"):
        read_table(tmp_path)


def test_folder_without_parquet_and_path_that_is_not_there(tmp_path):
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(TableError, match="without Parquet files"):
        read_table(tmp_path)
    with pytest.raises(TableError, match="does not exist"):
        read_table(tmp_path / "nothing.csv")


field = st.text(max_size=12) | st.sampled_from(['"', "\n", "\r\n", ",", "a\n\n", '""', " x "])


@given(rows=st.lists(st.lists(field, min_size=3, max_size=3), min_size=1, max_size=8))
def test_whatever_csv_writer_writes_comes_back_row_by_row(tmp_path_factory, rows):
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["x", "y", "z"], *rows])
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    path.write_bytes(buffer.getvalue().encode("utf-8"))
    back = [list(row.values()) for row in read_table(path).to_pylist()]
    assert back == [[_as_read(value) for value in row] for row in rows]


def _as_read(value):
    """Line feeds stay; what else a carriage return or NUL was is given up."""
    return value.replace("\x00", "").replace("\r\n", "\n").replace("\r", " ")


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
objects = st.dictionaries(st.sampled_from("abc"), values | st.lists(values, max_size=2))


@given(rows=st.lists(objects, min_size=1, max_size=6))
def test_json_lines_lose_no_row_whatever_the_types(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "round_trip.jsonl"
    path.write_text("".join(json.dumps({"id": "x", **row}) + "\n" for row in rows))
    assert read_table(path).num_rows == len(rows)


@given(content=st.binary(min_size=1, max_size=60), ending=st.sampled_from(["csv", "jsonl", "pq"]))
def test_random_bytes_are_a_table_or_a_table_error(tmp_path_factory, content, ending):
    path = tmp_path_factory.getbasetemp() / f"noise.{ending}"
    path.write_bytes(content)
    try:
        rows = read_table(path).num_rows
    except TableError as error:
        rows = str(error).count(str(path))
    assert rows > 0


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
