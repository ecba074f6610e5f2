"""Classic networks from the command line: fitted, compared, asked, and every mistake one line."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from commands import CommandLine
from handmade import PAN, SHIRT, title
from tiny_models import image_repo

from aisle import recipes
from aisle.classifier import Classifier
from aisle.networks import vocabulary

torch = pytest.importorskip("torch", reason="networks are trained with torch (the extra torch)")

RECIPES = ("bilstm-glove", "mobilenet", "bilstm-mobilenet")
VALUES = 6
WORDS = ("shirt", "cotton", "collar", "sleeve", "pan", "lid", "frying", "handle")


def write_glove(path: Path) -> Path:
    random = np.random.default_rng(0)
    numbers = (" ".join(f"{value:.4f}" for value in random.normal(size=VALUES)) for _ in WORDS)
    path.write_text("".join(f"{word} {line}\n" for word, line in zip(WORDS, numbers, strict=True)))
    return path


@pytest.fixture(scope="module", autouse=True)
def _small_networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """With a cache of their own, and without WordNet, which takes a second to read."""
    small = partial(recipes.NetworkRecipe, size=recipes.NetworkSize(units=8, width=16))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipes, "NetworkRecipe", small)
        patch.setattr(vocabulary, "open_lemmatizer", lambda wordnet: None)
        patch.setenv("AISLE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def glove(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_glove(tmp_path_factory.mktemp("glove") / "vectors.txt")


@pytest.fixture(scope="module")
def ingredients(tmp_path_factory: pytest.TempPathFactory, glove: Path) -> tuple[str | Path, ...]:
    """What any network needs."""
    backbone = image_repo(tmp_path_factory.mktemp("net") / "tiny", output="last_hidden_state")
    return "--glove", glove, "--backbone", backbone, "--epochs", "2", "--device", "cpu"


@pytest.fixture
def columns(table: Path) -> tuple[str | Path, ...]:
    named = ("--id", "key", "--text", "headline", "--text", "more", "--image", "photo")
    photos = ("--image-root", table.parent / "photos")
    return (*named, *photos, "--label", "shelf", "--separator", "/")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A table without pictures."""
    return written(tmp_path / "texts.csv", 40)


def written(path: Path, count: int) -> Path:
    rows = [f"{title((SHIRT, PAN)[n % 2], n)},{'AB'[n % 2]}" for n in range(count)]
    path.write_text("\n".join(["title,category", *rows]))
    return path


@pytest.fixture
def pictures(table: Path) -> Path:
    """A table without texts, beside the photos of the other one."""
    rows = [f"photos/{number}.png,{'AB'[number % 2]}" for number in range(40)]
    path = table.parent / "pictures.csv"
    path.write_text("\n".join(["image,category", *rows]))
    return path


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_network_is_fitted_asked_and_measured(
    aisle: CommandLine,
    table: Path,
    columns: tuple[str | Path, ...],
    ingredients: tuple[str | Path, ...],
    tmp_path: Path,
    recipe: str,
) -> None:
    folder = tmp_path / "m"
    result = aisle("fit", table, "--to", folder, *columns, "--recipe", recipe, *ingredients)
    assert (result.code, result.err) == (0, "")
    assert "learned 2 categories from 40 products" in result.out
    flags = {
        "bilstm-glove": '--text "…"',
        "mobilenet": "--image FILE",
        "bilstm-mobilenet": '--text "…" --image FILE',
    }
    assert result.out.endswith(f"next: aisle classify {folder} {flags[recipe]}\n")
    model = Classifier.load(folder)
    summary = model.summary()
    assert [one.name for one in summary.members] == [recipe]
    assert len(summary.training_curves[recipe].epochs) == 2

    photos = ("--image-root", table.parent / "photos")
    result = aisle("predict", folder, table, "--to", tmp_path / "out.jsonl", *photos)
    assert (result.code, result.err) == (0, "")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {row["status"] for row in rows} == {"ok"}
    assert [row["key"] for row in rows] == [f"k{number}" for number in range(40)]

    result = aisle("evaluate", folder, table, *photos, "--json", tmp_path / "figures.json")
    assert result.code == 0, result.err
    assert json.loads((tmp_path / "figures.json").read_text())["rows"] == 40

    shown = ("--text", "cotton shirt", "--image", table.parent / "photos" / "0.png")
    result = aisle("classify", folder, *shown)
    assert (result.code, result.err) == (0, "")
    assert recipe in result.out
    assert "like " in result.out


def test_the_notes_of_a_fit_say_how_texts_are_read(
    aisle: CommandLine, texts: Path, glove: Path, tmp_path: Path
) -> None:
    result = aisle(
        "fit", texts, "--to", tmp_path / "m", "--recipe", "bilstm-glove", "--glove", glove
    )
    assert result.code == 0, result.err
    assert "note: bilstm-glove: 8 of " in result.out
    assert "words have a vector in vectors.txt\n" in result.out
    assert (
        "note: bilstm-glove: words are taken as they stand (shoe and shoes are two)" in result.out
    )


def test_word_vectors_of_the_usual_name_need_not_be_named(
    aisle: CommandLine, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_glove(tmp_path / "glove.6B.100d.txt")
    result = aisle("fit", texts, "--to", "m", "--recipe", "bilstm-glove", "--epochs", "1")
    assert result.code == 0, result.err
    assert "words have a vector in glove.6B.100d.txt" in result.out


def test_the_flags_reach_the_training(
    aisle: CommandLine,
    table: Path,
    columns: tuple[str | Path, ...],
    ingredients: tuple[str | Path, ...],
    tmp_path: Path,
) -> None:
    flags = ("--balanced", "--tune-words", "--augment", "1", "--seed", "3", "--split", "random")
    result = aisle(
        "fit", table, "--to", tmp_path / "m", *columns, *ingredients, *flags,
        "--recipe", "bilstm-mobilenet", "--precision", "0.7",
    )  # fmt: skip
    assert result.code == 0, result.err
    model = Classifier.load(tmp_path / "m")
    (recipe,) = model.networks
    training = recipe.training
    assert (recipe.views, training.epochs, training.device) == (1, 2, "cpu")
    assert (training.balanced, training.tuned_words) == (True, True)
    assert (model.seed, model.split, model.precision) == (3, "random", 0.7)


@pytest.mark.parametrize(
    ("recipe", "flags", "reason"),
    [
        ("mobilenet", ("--text", "cotton shirt"), "there is no image that can be read"),
        ("bilstm-mobilenet", ("--text", "shirt"), "there is no text + image that can be read"),
        ("bilstm-glove", ("--text", "garden hose"), "the text holds no word known from training"),
    ],
)
def test_a_product_that_a_network_cannot_look_at_gets_no_answer(
    aisle: CommandLine,
    table: Path,
    columns: tuple[str | Path, ...],
    ingredients: tuple[str | Path, ...],
    tmp_path: Path,
    recipe: str,
    flags: tuple[str, ...],
    reason: str,
) -> None:
    aisle("fit", table, "--to", tmp_path / "m", *columns, "--recipe", recipe, *ingredients)
    result = aisle("classify", tmp_path / "m", *flags, "--json")
    answer = json.loads(result.out)
    assert (result.code, result.err) == (0, "")
    assert (answer["category"], answer["status"], answer["error"]) == (None, "failed", reason)
    assert reason in aisle("classify", tmp_path / "m", *flags).out


def test_recipes_are_compared_on_the_same_splits(
    aisle: CommandLine,
    table: Path,
    columns: tuple[str | Path, ...],
    ingredients: tuple[str | Path, ...],
    tmp_path: Path,
) -> None:
    page, file = tmp_path / "recipes.html", tmp_path / "recipes.json"
    result = aisle(
        "compare", table, *columns, *ingredients, "--recipes", "mobilenet, default, mobilenet",
        "--seeds", "2", "--seed", "4", "--html", page, "--json", file,
    )  # fmt: skip
    assert (result.code, result.err) == (0, "")
    assert result.out.index("Split at random") < result.out.index("Split by near-duplicates")
    rows = [line.split()[0] for line in result.out.splitlines() if " ± " in line]
    assert [name for name in rows if name in ("mobilenet", "default")] == [
        "mobilenet",
        "default",
    ] * 2
    assert "seeds 4, 5" in result.out
    assert result.out.endswith(f"report: {page}\n")

    figures = json.loads(file.read_text("utf-8"))
    assert figures["seeds"] == [4, 5]
    for one in figures["splits"]:
        network, usual = one["recipes"]["mobilenet"], one["recipes"]["default"]
        assert [run["seed"] for run in network["runs"]] == [4, 5]
        assert [list(run["views"]) for run in network["runs"]] == [["image"]] * 2
        assert [list(run["views"]) for run in usual["runs"]] == [["both", "text", "image"]] * 2
        assert [len(run["curves"]["mobilenet"]["epochs"]) for run in network["runs"]] == [2, 2]
        assert usual["runs"][0]["curves"] == {}
        assert 0.5 < usual["figures"]["test"]["mean"] <= 1
    html = page.read_text("utf-8")
    assert html.lower().startswith("<!doctype html>")
    assert html.count("<svg") == 2 * 2
    assert "mobilenet" in html


def test_recipes_that_need_no_network_are_compared_without_torch(
    aisle: CommandLine, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "find_spec", lambda name: None)
    result = aisle("compare", texts, "--recipes", "default", "--split", "random")
    assert result.code == 0, result.err
    assert result.out.count("Split at random") == 1


@pytest.mark.parametrize("missing", ["torch", "onnx"])
@pytest.mark.parametrize("command", [("fit", "--to", "m", "--recipe"), ("compare", "--recipes")])
def test_torch_that_is_missing_is_named_with_its_extra(
    aisle: CommandLine,
    texts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    missing: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(recipes, "find_spec", lambda name: None if name == missing else 1)
    line = aisle.mistake(command[0], texts, *command[1:], "mobilenet")
    assert line == 'torch is not installed; run: pip install "aisle[torch]"'


@pytest.mark.parametrize("recipe", ["bilstm-glove", "bilstm-mobilenet"])
@pytest.mark.parametrize("command", [("fit", "--to", "m", "--recipe"), ("compare", "--recipes")])
def test_no_word_vectors(
    aisle: CommandLine,
    texts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    recipe: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    line = aisle.mistake(command[0], texts, *command[1:], recipe)
    assert line.startswith(f"{recipe} needs word vectors, and there is no file 'glove.6B.100d.txt'")
    assert "--glove" in line


GOOD = "cotton 1 2 3\nshirt 4 5 6\n"


@pytest.mark.parametrize("recipe", ["mobilenet", "bilstm-mobilenet"])
def test_a_table_without_pictures(
    aisle: CommandLine,
    texts: Path,
    ingredients: tuple[str | Path, ...],
    tmp_path: Path,
    recipe: str,
) -> None:
    flags = ("--recipe", recipe, *ingredients)
    line = aisle.mistake("fit", texts, "--to", tmp_path / "m", *flags)
    assert line.startswith(f"{recipe} looks at ")
    assert "image, and no product with a category has that; name the column" in line
    assert "--image" in line
    flags = ("--recipes", f"default,{recipe}", *ingredients)
    assert aisle.mistake("compare", texts, *flags).startswith(f"{recipe} looks at ")


def test_pictures_that_are_not_where_the_table_says(
    aisle: CommandLine,
    table: Path,
    columns: tuple[str | Path, ...],
    ingredients: tuple[str | Path, ...],
    tmp_path: Path,
) -> None:
    flags = [tmp_path if flag == table.parent / "photos" else flag for flag in columns]
    fit = ("fit", table, "--to", tmp_path / "m", *flags, *ingredients, "--recipe", "mobilenet")
    line = aisle.mistake(*fit)
    assert "check --text, --image and --image-root" in line


PROGRAM = """
import sys
from dataclasses import dataclass
from functools import partial

from aisle.cli import main
from aisle import recipes
from aisle.networks import vocabulary


@dataclass(frozen=True)
class Training(recipes.Training):
    checkpoint_seconds: float = 0


size = recipes.NetworkSize(units=128)
recipes.NetworkRecipe = partial(recipes.NetworkRecipe, size=size)
recipes.Training = Training
vocabulary.open_lemmatizer = lambda wordnet: None
sys.argv[0] = "aisle"
main()
"""


def start(*arguments: object, cache: Path) -> subprocess.Popen[str]:
    """The command line in a process of its own, where each epoch of a training is kept."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"AISLE_CACHE": str(cache), "OMP_NUM_THREADS": "1"},
    )


def test_ctrl_c_in_training_exits_with_130_and_the_next_run_goes_on(
    tmp_path: Path, glove: Path
) -> None:
    """The seconds of its first epochs tell that they were not done again."""
    table, cache, epochs = written(tmp_path / "table.csv", 160), tmp_path / "cache", 15
    recipe = ("--recipe", "bilstm-glove", "--glove", glove, "--epochs", epochs, "--device", "cpu")
    command = ("fit", table, "--to", tmp_path / "model", *recipe)

    process = start(*command, cache=cache)
    deadline = time.monotonic() + 60
    while not list(cache.glob("training/*.pt")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    lines = [line for line in err.splitlines() if line and not line.startswith("guessed")]
    assert lines == ["aisle: stopped; run the same command again to continue"]
    assert not (tmp_path / "model").exists()
    done = kept_epochs(cache)
    assert 1 <= len(done) < epochs

    process = start(*command, cache=cache)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    summary = Classifier.load(tmp_path / "model").summary()
    curve = summary.training_curves["bilstm-glove"].to_array()
    assert len(curve) > len(done)
    assert np.array_equal(curve[: len(done)], done)
    assert np.array_equal(kept_epochs(cache), curve)


def kept_epochs(cache: Path) -> np.ndarray:
    (checkpoint,) = cache.glob("training/*.pt")
    return torch.load(checkpoint, weights_only=True)["epochs"].numpy()


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--glove", "vectors.txt"),
        ("--backbone", "folder"),
        ("--augment", "2"),
        ("--epochs", "3"),
        ("--rate", "0.01"),
        ("--balanced", None),
        ("--tune-words", None),
    ],
)
@pytest.mark.parametrize("command", ["fit", "compare"])
def test_what_only_networks_heed_is_refused_without_one(
    aisle: CommandLine, table: Path, command: str, flag: str, value: str | None
) -> None:
    to = ("--to", table.parent / "never") if command == "fit" else ()
    line = aisle.mistake(command, table, *to, flag, *filter(None, (value,)))
    assert line.startswith(f"{flag} is for networks; name one, such as bilstm-glove")
    assert not (table.parent / "never").exists()
