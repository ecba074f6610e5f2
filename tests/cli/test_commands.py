"""Each command does its work on a small shop."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from commands import CommandLine
from handmade import PAN, SHIRT, picture
from tiny_models import image_repo, text_repo

from aisle import __version__
from aisle.classifier import Classifier
from aisle.data.products import Products

FLAGS = ("--id", "key", "--text", "headline", "--text", "more", "--image", "photo")


def flags(table: Path) -> tuple[str, ...]:
    return (*FLAGS, "--image-root", str(table.parent / "photos"))


def labelled(table: Path) -> tuple[str, ...]:
    return (*flags(table), "--label", "shelf", "--separator", "/")


def test_help_names_every_command(aisle: CommandLine) -> None:
    result = aisle("--help")
    assert result.code == 0
    listed = result.out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == [
        "demo", "prepare", "split", "fit", "evaluate", "compare", "predict", "classify", "serve",
    ]  # fmt: skip
    assert aisle("-h").out == result.out


@pytest.mark.parametrize(
    "command", ["prepare", "split", "fit", "evaluate", "compare", "predict", "classify", "demo"]
)
def test_every_command_has_a_help(aisle: CommandLine, command: str) -> None:
    result = aisle(command, "--help")
    assert result.code == 0
    assert f"Usage: aisle {command}" in result.out


def test_version(aisle: CommandLine) -> None:
    assert aisle("--version").out == f"aisle, version {__version__}\n"


def test_fit_guesses_columns_and_says_so(
    aisle: CommandLine, shop_file: Path, tmp_path: Path
) -> None:
    result = aisle("fit", shop_file, "--to", tmp_path / "model", "--precision", "0.8")
    assert result.code == 0
    assert result.err == (
        "guessed columns: id = id, text = title + brand + description, image = images,"
        " label = category\n"
    )
    assert "learned 4 categories from 160 products" in result.out
    for expert in ("tfidf", "mini-text", "mini-image"):
        assert re.search(rf"│ {expert} +│ (text|picture) +│", result.out)
    assert f"model: {tmp_path / 'model'}\n" in result.out
    assert f'next: aisle classify {tmp_path / "model"} --text "…"\n' in result.out
    assert Classifier.load(tmp_path / "model").precision == 0.8


def test_fit_tells_what_a_random_split_would_have_leaked(
    aisle: CommandLine, tmp_path: Path
) -> None:
    rows = [f"shirt cotton collar w{n},Shirts\npan lid frying w{n},Pans" for n in range(10)]
    table = tmp_path / "table.csv"
    table.write_text("title,category\n" + "\n".join(rows + rows))
    result = aisle("fit", table, "--to", tmp_path / "model")
    assert "are near-duplicates of others, which random folds would have separated" in result.out
    assert "split by near-duplicates" in result.out


def test_fit_takes_the_flags(aisle: CommandLine, table: Path, tmp_path: Path) -> None:
    text, image = text_repo(tmp_path / "words"), image_repo(tmp_path / "pixels")
    encoders = ("--text-encoder", text, "--image-encoder", image)
    result = aisle("fit", table, "--to", tmp_path / "m", *labelled(table), *encoders, "--seed", "7")
    assert result.code == 0, result.err
    assert result.err == ""
    model = Classifier.load(tmp_path / "m")
    assert model.classes_ == (SHIRT, PAN)
    assert [one.name for one in model.summary().members] == ["tfidf", "words", "pixels"]
    assert (model.columns_.text, model.columns_.id) == (("headline", "more"), "key")
    assert (model.seed, model.split, model.precision) == (7, "near-duplicates", 0.95)


def test_fit_help_begins_with_what_most_people_need(aisle: CommandLine) -> None:
    lines = aisle("fit", "--help").out.splitlines()
    assert lines[6] == "Options:"
    assert [line.split()[0] for line in lines[7:9]] == ["--to", "--precision"]
    titles = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert [title.split()[0].rstrip(":") for title in titles] == [
        "Options", "Columns", "Encoders", "Validation", "Networks",
    ]  # fmt: skip


def test_fit_says_that_a_model_will_be_replaced(
    aisle: CommandLine, shop_file: Path, model_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    result = aisle("fit", shop_file, "--to", folder, "--image-encoder", "none")
    assert result.code == 0
    assert f"the model in {folder} will be replaced\n" in result.err


def test_fit_splits_as_it_is_told(aisle: CommandLine, shop_file: Path, tmp_path: Path) -> None:
    result = aisle("fit", shop_file, "--to", tmp_path / "m", "--split", "brand")
    assert result.code == 0
    assert Classifier.load(tmp_path / "m").summary().fit.split == "brand"


def test_evaluate_prints_and_writes_figures(
    aisle: CommandLine, model_folder: Path, new_shop_file: Path, tmp_path: Path
) -> None:
    page, figures = tmp_path / "report.html", tmp_path / "figures.json"
    result = aisle("evaluate", model_folder, new_shop_file, "--html", page, "--json", figures)
    assert result.code == 0, result.err
    assert f"report: {page}\n" in result.out
    for figure in ("accuracy", "macro-F1", "weighted F1", "top-3", "log-loss", "coverage at 99 %"):
        assert f"\n{figure}" in result.out
    for given in ("text + picture", "text only", "picture only"):
        assert given in result.out
    assert page.read_text("utf-8").lower().startswith("<!doctype html>")
    assert isinstance(json.loads(figures.read_text("utf-8")), dict)
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "figures.json"}


def test_compare_puts_text_picture_and_both_side_by_side(
    aisle: CommandLine, shop_file: Path, tmp_path: Path
) -> None:
    page, figures = tmp_path / "compare.html", tmp_path / "compare.json"
    result = aisle(
        "compare", shop_file, "--folds", "2", "--html", page, "--json", figures, "--seed", "1"
    )
    assert result.code == 0, result.err
    for name in ("text only", "picture only", "text + picture"):
        assert name in result.out
    assert "2 folds by near-duplicates" in result.out
    assert page.read_text("utf-8").lower().startswith("<!doctype html>")
    json.loads(figures.read_text("utf-8"))


def test_compare_says_which_encoder_to_take(
    aisle: CommandLine, shop_file: Path, tmp_path: Path
) -> None:
    page, figures = tmp_path / "compare.html", tmp_path / "compare.json"
    other = text_repo(tmp_path / "other")
    flags = ("--encoders", f"aisle/mini-text,{other}", "--folds", "2")
    result = aisle("compare", shop_file, *flags, "--html", page, "--json", figures)
    assert result.code == 0, result.err
    found = json.loads(figures.read_text())
    assert list(found["encoders"]) == ["no encoder", "aisle/mini-text", str(other)]
    assert found["conclusion"] in result.out
    assert "aisle/mini-text" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("encoders", "words"),
    [
        ("aisle/mini-text,aisle/mini-image", "only encoders of one kind can be compared"),
        (",", "no encoder is named"),
        ("nowhere", "nowhere is neither a folder nor a repo id"),
    ],
)
def test_encoders_that_cannot_be_compared_are_refused(
    aisle: CommandLine, shop_file: Path, encoders: str, words: str
) -> None:
    assert words in aisle.mistake("compare", shop_file, "--encoders", encoders)


def test_predict_writes_one_row_a_product(
    aisle: CommandLine, model_folder: Path, new_shop_file: Path, new_shop: Products, tmp_path: Path
) -> None:
    result = aisle("predict", model_folder, new_shop_file, "--to", tmp_path / "out.parquet")
    assert result.code == 0
    assert f"{len(new_shop)} products: " in result.out
    assert f"predictions: {tmp_path / 'out.parquet'}\n" in result.out
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["id"] for row in rows] == [product.id for product in new_shop]


def test_predict_knows_the_columns_of_the_model(
    aisle: CommandLine, table: Path, tmp_path: Path
) -> None:
    aisle("fit", table, "--to", tmp_path / "m", *labelled(table))
    root = ("--image-root", table.parent / "photos")
    result = aisle("predict", tmp_path / "m", table, "--to", tmp_path / "out.jsonl", *root)
    assert result.code == 0, result.err
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["key"] for row in rows] == [f"k{number}" for number in range(40)]
    assert {row["status"] for row in rows} == {"ok"}
    assert {tuple(row["modalities"]) for row in rows} == {("text", "image")}


def test_predict_takes_other_columns(aisle: CommandLine, model_folder: Path, table: Path) -> None:
    to = table.parent / "out.csv"
    result = aisle("predict", model_folder, table, "--to", to, *flags(table))
    assert result.code == 0, result.err
    assert to.read_text("utf-8").splitlines()[0].startswith('"key","category"')


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    path = tmp_path / "kit.png"
    path.write_bytes(picture(SHIRT, 5))
    return path


def test_classify_shows_a_card(aisle: CommandLine, model_folder: Path) -> None:
    result = aisle("classify", model_folder, "--text", "pleated denim skirt")
    assert result.code == 0
    assert "Clothing > Skirts" in result.out
    assert "log-odds" in result.out
    assert "words: " in result.out
    assert "like " in result.out


def test_classify_by_text_picture_and_both(
    aisle: CommandLine, model_folder: Path, kit: Path
) -> None:
    text, image = ("--text", "pink make-up kit"), ("--image", kit)
    for flags, modalities in [
        (text, ["text"]),
        (image, ["image"]),
        ((*text, *image, *image), ["text", "image"]),
    ]:
        result = aisle("classify", model_folder, *flags, "--json")
        assert result.code == 0
        assert json.loads(result.out)["modalities"] == modalities


def test_classify_json_is_the_prediction(aisle: CommandLine, model_folder: Path, kit: Path) -> None:
    result = aisle("classify", model_folder, "--text", "mug ☕ é", "--image", kit, "--json")
    answer = json.loads(result.out)
    assert result.err == ""
    assert answer.keys() >= {
        "category", "confidence", "levels", "alternatives", "decision", "modalities", "status",
        "error", "explanation",
    }  # fmt: skip
    assert answer["decision"] in ("assign", "review")
    assert answer["explanation"].keys() == {"contributions", "words", "similar"}
    assert isinstance(answer["category"], list)


def test_classify_with_a_broken_picture_answers_by_the_text(
    aisle: CommandLine, model_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    arguments = ("classify", model_folder, "--text", "skirt", "--image", tmp_path / "broken.jpg")
    assert "not read: broken.jpg: not a picture" in aisle(*arguments).out
    assert json.loads(aisle(*arguments, "--json").out)["status"] == "partial"


def test_classify_with_nothing_that_can_be_read_says_why(
    aisle: CommandLine, model_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    line = aisle.mistake("classify", model_folder, "--image", tmp_path / "broken.jpg")
    assert line.startswith("no answer: broken.jpg: not a picture")


@pytest.mark.parametrize("text", [(), ("--text", "skirt")])
def test_classify_needs_the_pictures_that_are_named(
    aisle: CommandLine, model_folder: Path, tmp_path: Path, text: tuple[str, ...]
) -> None:
    gone = tmp_path / "gone.jpg"
    line = aisle.mistake("classify", model_folder, *text, "--image", gone)
    assert f"File '{gone}' does not exist" in line


def test_a_text_of_unknown_words_is_no_guess(aisle: CommandLine, model_folder: Path) -> None:
    result = aisle("classify", model_folder, "--text", "लाल साड़ी")
    assert result.code == 0
    assert "review" in result.out
    assert "the text holds no word known from training" in result.out


@pytest.mark.parametrize("flag", ["--html", "--json"])
def test_evaluate_never_overwrites_its_table(
    aisle: CommandLine, model_folder: Path, new_shop_file: Path, flag: str
) -> None:
    before = new_shop_file.read_bytes()
    line = aisle.mistake("evaluate", model_folder, new_shop_file, flag, new_shop_file)
    assert "would be overwritten" in line
    assert new_shop_file.read_bytes() == before


def test_predict_never_overwrites_its_table(
    aisle: CommandLine, model_folder: Path, new_shop_file: Path
) -> None:
    before = new_shop_file.read_bytes()
    line = aisle.mistake("predict", model_folder, new_shop_file, "--to", new_shop_file)
    assert "would be overwritten" in line
    assert new_shop_file.read_bytes() == before


def test_markup_in_names_is_shown_as_it_is(aisle: CommandLine, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [f"[red]shirt[/red] {n},[bold]A[/bold]\npan {n},B" for n in range(8)]
    table.write_text("title,category\n" + "\n".join(rows))
    assert aisle("fit", table, "--to", tmp_path / "[m]").code == 0
    result = aisle("classify", tmp_path / "[m]", "--text", "[red]shirt[/red]")
    assert "[bold]A[/bold]" in result.out
    assert "[red]shirt[/red] 0" in result.out


def test_prepare_fit_and_classify_from_the_kaggle_file(aisle: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    header = "uniq_id,product_name,product_category_tree,image,description,brand"
    lines = [header]
    for number in range(20):
        category = (SHIRT, PAN)[number % 2]
        name = f"{category[-1]} model {number}"
        tree = " >> ".join((*category, name))
        lines.append(f'u{number},{name},"[""{tree}""]",http://img.test/{number}.png,,')
        (tmp_path / "pictures" / f"{number}.png").write_bytes(picture(category, number))
    lines.append("lost,Lost,,,,")
    (tmp_path / "kaggle.csv").write_text("\n".join(lines))
    prepared = aisle(
        "prepare", "flipkart", tmp_path / "kaggle.csv", "--to", tmp_path / "data",
        "--images", tmp_path / "pictures",
    )  # fmt: skip
    assert prepared.code == 0, prepared.err
    assert "20 of 21 products in 2 categories" in prepared.out
    assert "1 set aside: no category tree" in prepared.out
    assert "pictures: 20 ok" in prepared.out
    products = tmp_path / "data" / "products.parquet"
    assert f"next: aisle fit {products} --to models/flipkart\n" in prepared.out
    assert aisle("fit", products, "--to", tmp_path / "m").code == 0
    model = Classifier.load(tmp_path / "m")
    assert model.classes_ == (SHIRT, PAN)
    assert len(model.summary().by_modalities) == 3


@pytest.mark.parametrize(
    ("flags", "labels"),
    [((), {"A > B", "C > D"}), (("--level", "1"), {"A", "C"})],
)
def test_prepare_makes_the_labels_that_are_asked_for(
    aisle: CommandLine, tmp_path: Path, flags: tuple[str, ...], labels: set[str]
) -> None:
    lines = ["uniq_id,product_name,product_category_tree"]
    lines += [f'a{n},Shirt {n},"[""A >> B >> Shirt {n}""]"' for n in range(5)]
    lines += [f'c{n},Pan {n},"[""C >> D >> Pan {n}""]"' for n in range(5)]
    (tmp_path / "kaggle.csv").write_text("\n".join(lines))
    command = ("prepare", "flipkart", tmp_path / "kaggle.csv", "--to", tmp_path / "data")
    result = aisle(*command, "--no-pictures", *flags)
    assert result.code == 0, result.err
    found = pq.read_table(tmp_path / "data" / "products.parquet")["category"].to_pylist()
    assert {label.lower() for label in found} == {label.lower() for label in labels}


def test_prepare_with_the_seeds_labels_needs_frequent_words(
    aisle: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "kaggle.csv").write_text(
        'uniq_id,product_name,product_category_tree\na,Shirt,"[""A >> B >> C""]"'
    )
    command = ("prepare", "flipkart", tmp_path / "kaggle.csv", "--to", tmp_path / "data")
    line = aisle.mistake(*command, "--no-pictures", "--labels", "seed")
    assert line.startswith("none of the 1 rows has a label: no more than 500 products share")


def test_guesses_of_predict_are_printed(
    aisle: CommandLine, model: Classifier, new_shop_file: Path, tmp_path: Path
) -> None:
    foreign = Classifier(precision=0.8)
    columns = replace(model.columns_, text=("headline",), id=None, image=None)
    foreign.model_ = replace(model.model_, columns=columns)
    foreign.save(tmp_path / "m")
    result = aisle("predict", tmp_path / "m", new_shop_file, "--to", tmp_path / "out.csv")
    assert result.err.startswith("guessed columns: id = id, text = title")


def test_without_a_model_the_one_inside_the_package_answers(
    aisle: CommandLine, new_shop_file: Path, tmp_path: Path
) -> None:
    result = aisle("classify", "--text", "analog watch with leather strap", "--json")
    assert json.loads(result.out)["category"] == ["Watches", "Wrist Watches"]
    placed = tmp_path / "placed.csv"
    result = aisle("predict", new_shop_file, "--to", placed)
    assert result.code == 0, result.err
    assert len(placed.read_text("utf-8").splitlines()) >= 61


def test_encoders_can_be_left_out(aisle: CommandLine, shop_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    flags = ("--text-encoder", "none", "--image-encoder", "none")
    assert aisle("fit", shop_file, "--to", folder, *flags).code == 0
    assert [one.name for one in Classifier.load(folder).summary().members] == ["tfidf"]


def test_split_makes_a_training_and_a_test_table(
    aisle: CommandLine, shop_file: Path, tmp_path: Path
) -> None:
    train, test = tmp_path / "train.parquet", tmp_path / "test.jsonl"
    flags = ("--to-train", train, "--to-test", test, "--by", "brand", "--share", "0.3")
    result = aisle("split", shop_file, *flags)
    assert result.code == 0, result.err
    rows = pq.read_table(train).to_pylist()
    tested = [json.loads(line) for line in test.read_text("utf-8").splitlines()]
    assert f"train: {len(rows)} products: {train}\n" in result.out
    assert not {row["brand"] for row in rows} & {row["brand"] for row in tested}
    both = sorted(rows + tested, key=lambda row: row["id"])
    assert both == sorted(pq.read_table(shop_file).to_pylist(), key=lambda row: row["id"])
    assert f"add --image-root {shop_file.parent} for {train}\n" in result.out


def test_split_leaves_out_products_without_a_category(aisle: CommandLine, tmp_path: Path) -> None:
    rows = [f"shirt {n},A\npan {n},B\nthing {n}," for n in range(10)]
    table = tmp_path / "table.csv"
    table.write_text("title,category\n" + "\n".join(rows))
    flags = ("--to-train", tmp_path / "a.csv", "--to-test", tmp_path / "b.csv", "--by", "random")
    result = aisle("split", table, *flags)
    assert "10 products without a category were left out\n" in result.err
    assert "test: 4 products" in result.out
    assert "--image-root" not in result.out
