"""A user's mistake is one line on stderr, and exit code 2."""

from pathlib import Path

import pytest
from commands import CommandLine

from aisle.classifier import Classifier

GOOD = "title,category\n" + "\n".join(f"shirt {n},A\npan {n},B" for n in range(10))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    return path


def written(tmp_path: Path, text: str, name: str = "table.csv") -> Path:
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_a_missing_column_names_those_there_are(aisle: CommandLine, good: Path) -> None:
    for flag in ("--text", "--label", "--id", "--image"):
        line = aisle.mistake("fit", good, "--to", good.parent / "m", flag, "titel")
        assert line == "no column 'titel' among title, category; did you mean 'title'?"


def test_a_wrong_separator_of_columns(aisle: CommandLine, tmp_path: Path) -> None:
    table = written(tmp_path, GOOD.replace(",", "#"))
    assert "the whole header was read as one column" in aisle.mistake(
        "fit", table, "--to", tmp_path / "m"
    )


def test_a_wrong_separator_of_levels_is_one_level(aisle: CommandLine, tmp_path: Path) -> None:
    table = written(tmp_path, GOOD.replace(",A", ",X/A").replace(",B", ",X/B"))
    result = aisle("fit", table, "--to", tmp_path / "m", "--separator", "|")
    assert result.code == 0
    assert Classifier.load(tmp_path / "m").classes_ == (("X/A",), ("X/B",))


def test_a_file_of_no_bytes(aisle: CommandLine, tmp_path: Path, model_folder: Path) -> None:
    table = written(tmp_path, "")
    assert "is empty (0 bytes)" in aisle.mistake("fit", table, "--to", tmp_path / "m")
    assert "is empty (0 bytes)" in aisle.mistake("evaluate", model_folder, table)


def test_no_such_file(aisle: CommandLine, tmp_path: Path) -> None:
    assert "does not exist" in aisle.mistake("fit", tmp_path / "no.csv", "--to", tmp_path / "m")


def test_a_folder_instead_of_a_file(aisle: CommandLine, tmp_path: Path) -> None:
    assert "is a folder without Parquet files" in aisle.mistake(
        "fit", tmp_path, "--to", tmp_path / "m"
    )


def test_no_category(aisle: CommandLine, tmp_path: Path, model_folder: Path) -> None:
    table = written(tmp_path, GOOD.replace("category", "shelf"))
    line = aisle.mistake("fit", table, "--to", tmp_path / "m")
    assert "no product has a category; name their column with --label" in line
    assert aisle.mistake("evaluate", model_folder, table)
    assert aisle.mistake("compare", table)


def test_an_unreadable_picture_root(aisle: CommandLine, good: Path) -> None:
    line = aisle.mistake("fit", good, "--to", good.parent / "m", "--image-root", "/no/such/folder")
    assert line == "the picture folder /no/such/folder is not a folder that can be read"


@pytest.mark.parametrize("command", ["evaluate", "predict", "classify"])
def test_no_such_model(aisle: CommandLine, good: Path, command: str) -> None:
    rest = {
        "evaluate": (good,),
        "predict": (good, "--to", good.parent / "out.csv"),
        "classify": ("--text", "x"),
    }[command]
    line = aisle.mistake(command, good.parent / "nowhere", *rest)
    assert "is no aisle model (no aisle.json); give a folder that fit wrote" in line


def test_an_unknown_output_ending(aisle: CommandLine, model_folder: Path, good: Path) -> None:
    line = aisle.mistake("predict", model_folder, good, "--to", good.parent / "out.xlsx")
    assert "has no known ending; give one of .parquet, .csv, .tsv, .jsonl" in line


def test_a_target_that_is_something_else(aisle: CommandLine, good: Path) -> None:
    assert "exists and is no aisle model" in aisle.mistake("fit", good, "--to", good.parent)
    assert "exists and is no aisle model" in aisle.mistake("fit", good, "--to", good)


def test_a_target_is_checked_before_the_table_is_read(aisle: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    absent = tmp_path / "absent.csv"
    assert "cannot be written" in aisle.mistake("fit", absent, "--to", tmp_path / "file" / "model")
    assert "exists and is no aisle model" in aisle.mistake("fit", absent, "--to", tmp_path)


@pytest.mark.parametrize("flag", ["--html", "--json"])
def test_a_report_that_cannot_be_written(
    aisle: CommandLine, model_folder: Path, new_shop_file: Path, flag: str
) -> None:
    target = new_shop_file / "below" / "a" / "file"
    assert "cannot be written" in aisle.mistake(
        "evaluate", model_folder, new_shop_file, flag, target
    )


@pytest.mark.parametrize("precision", ["0.2", "1", "nan"])
def test_a_precision_out_of_range(aisle: CommandLine, good: Path, precision: str) -> None:
    line = aisle.mistake("fit", good, "--to", good.parent / "m", "--precision", precision)
    assert "from 0.5 to below 1 was expected" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ("fit",),
        ("fit", "table.csv"),
        ("predict", "m", "t.csv"),
        ("classify",),
        ("classify", "m"),
        ("classify", "m", "--text", " "),
        ("unknown",),
        ("fit", "t.csv", "--to", "m", "--precision", "high"),
        ("compare", "t.csv", "--folds", "many"),
        ("prepare", "flipkart", "t.csv", "--to", "d", "--labels", "other"),
        ("prepare", "flipkart", "t.csv", "--to", "d", "--labels", "seed", "--level", "1"),
    ],
)
def test_a_wrong_use_shows_the_usage(aisle: CommandLine, arguments: tuple[str, ...]) -> None:
    result = aisle(*arguments)
    assert result.code == 2
    assert result.err.startswith("aisle: ")
    assert len(result.err.splitlines()) == 1
    assert "Traceback" not in result.err


@pytest.mark.parametrize("folds", ["0", "1", "-3"])
def test_too_few_folds(aisle: CommandLine, good: Path, folds: str) -> None:
    result = aisle("compare", good, "--folds", folds)
    assert result.code == 2
    assert "Traceback" not in result.err


def test_predict_takes_a_model_and_a_table_and_no_more(aisle: CommandLine) -> None:
    line = aisle.mistake("predict", "model", "one.csv", "two.csv", "--to", "out.csv")
    assert line.startswith("3 paths given; a model and a table were expected")


@pytest.mark.parametrize(
    ("test_file", "more", "message"),
    [
        ("train.csv", (), "train.csv would be overwritten"),
        ("good.csv", (), "good.csv would be overwritten"),
        ("test.xlsx", (), "has no known ending"),
        ("test.csv", ("--share", "1.5"), "1.5 is not in the range 0<x<1"),
        ("test.csv", ("--by", "colour"), "cannot split by 'colour'"),
    ],
)
def test_a_split_that_cannot_be(
    aisle: CommandLine, good: Path, test_file: str, more: tuple[str, ...], message: str
) -> None:
    folder = good.parent
    flags = ("--to-train", folder / "train.csv", "--to-test", folder / test_file)
    assert message in aisle.mistake("split", good, *flags, *more)
    assert good.read_text() == GOOD
    assert not (folder / "train.csv").exists()
