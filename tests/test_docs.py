"""Every command and every line of Python that the pages show is run."""

from __future__ import annotations

import csv
import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import httpx2
import numpy as np
import pyarrow.parquet as pq
import pytest
from hub_server import serving
from tiny_mobilenet import SIDE, random_weights, save_folder
from tiny_models import text_repo

from aisle.catalogue import KIT_FILE

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = ROOT / "README.md"
NETWORKS = ROOT / "docs" / "networks.md"
FEW = 30
"""Enough products to train a network for show."""
SERVICE = ROOT / "docs" / "service.md"
REVIEW = ROOT / "docs" / "review.md"
EXTENDING = ROOT / "docs" / "extending.md"
"""Its code is run by `tests/test_extending.py`, on a table with prices."""
HERE = "http://127.0.0.1:8765"
NEEDS_SERVE = "the service needs the extra serve"
NEEDS_TORCH = "networks are trained with torch (the extra torch)"
AISLE = str(Path(sys.executable).with_name("aisle"))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def commands(pages: Sequence[Path] = PAGES) -> list[str]:
    lines = [line for page in pages for block in blocks(page, "sh") for line in block.splitlines()]
    return [line.partition("#")[0].strip() for line in lines if line.strip()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shop_file: Path) -> Path:
    """A folder with all the files that the pages name."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(shop_file.parent / "images", folder / "images")
    shutil.copyfile(shop_file, folder / "products.parquet")
    table = pq.read_table(shop_file)
    shutil.copyfile(KIT_FILE, folder / "kit.jpg")
    write_flipkart(table.to_pylist(), folder)
    words = sorted({word for text in table.column("title").to_pylist() for word in text.split()})
    random = np.random.default_rng(0)
    vectors = (" ".join(f"{value:.4f}" for value in random.normal(size=100)) for _ in words)
    lines = (f"{word.lower()} {one}\n" for word, one in zip(words, vectors, strict=True))
    (folder / "glove.6B.100d.txt").write_text("".join(lines), "utf-8")
    return folder


def write_flipkart(rows: list[dict], folder: Path) -> None:
    (folder / "pictures").mkdir()
    fields = ["uniq_id", "product_name", "product_category_tree", "image", "description", "brand"]
    name = "flipkart_com-ecommerce_sample.csv"
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fields)
        writer.writeheader()
        for row in rows:
            tree = [*row["category"].split(" > "), row["title"]]
            writer.writerow(
                {
                    "uniq_id": row["id"],
                    "product_name": row["title"],
                    "product_category_tree": json.dumps([" >> ".join(tree)]),
                    "image": json.dumps([f"http://img.example/{row['id']}.png"]),
                    "description": row["description"],
                    "brand": row["brand"],
                }
            )
            for path in row["images"]:
                shutil.copyfile(folder / path, folder / "pictures" / f"{row['id']}.png")


def test_the_first_two_commands_do_the_set_up() -> None:
    assert commands()[:2] == ["make demo", "make test"]


def rows_of(block: str) -> list[dict[str, str]]:
    """The rows of a table in Markdown."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines()]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def test_the_table_that_goes_in_gives_the_one_that_comes_out(tmp_path: Path) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", README.read_text("utf-8"), re.MULTILINE)
    given, shown = rows_of(tables[0]), rows_of(tables[1])
    with (tmp_path / "in.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(given[0]))
        writer.writeheader()
        writer.writerows(given)
    shutil.copyfile(KIT_FILE, tmp_path / "kit.jpg")
    run_all(["aisle predict in.csv --to out.jsonl"], tmp_path)
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(shown) == 5
    for row, line in zip(shown, lines, strict=True):
        made = json.loads(line)
        made["modalities"] = ", ".join(made["modalities"])
        assert float(row.pop("confidence")) == pytest.approx(made["confidence"], abs=0.01), made
        assert row == {name: made[name] or "" for name in row}


@pytest.mark.parametrize("command", sorted({c for c in commands() if c.startswith("make")}))
def test_make_knows(command: str) -> None:
    done = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr


def run_all(shown: Sequence[str], desk: Path, **more: str) -> None:
    for command in shown:
        done = subprocess.run(
            [AISLE, *shlex.split(command)[1:]],
            cwd=desk,
            capture_output=True,
            text=True,
            env=os.environ | more,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def files_under(root: Path) -> dict[str, bytes]:
    """The files of a folder, as the hub lists them."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_every_aisle_command_runs_in_its_order(desk: Path, tmp_path: Path) -> None:
    pages = [page for page in PAGES if page not in (NETWORKS, SERVICE, REVIEW)]
    shown = [command for command in commands(pages) if command.startswith("aisle ")]
    assert len(shown) >= 12
    encoder = {"main": files_under(text_repo(tmp_path / "encoder"))}
    with serving({"sentence-transformers/all-MiniLM-L6-v2": encoder}) as hub:
        run_all(shown, desk, **hub_at(hub.endpoint, tmp_path))
    for made in ("report.html", "predictions.parquet", "comparison.html", "models/flipkart"):
        assert (desk / made).exists()


def hub_at(endpoint: str, folder: Path) -> dict[str, str]:
    """What makes a process fetch from a hub on this machine."""
    cache = str(folder / "hub")
    return {"HF_ENDPOINT": endpoint, "HF_HUB_CACHE": cache, "HF_HUB_DISABLE_XET": "1"}


def test_the_line_for_bash_completes_commands() -> None:
    (line,) = [command for command in commands([README]) if command.startswith("eval ")]
    path = f"{Path(AISLE).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"{line}; complete -p aisle"],
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": path},
    )
    assert "_aisle_completion" in done.stdout, done.stderr


def test_every_command_of_networks_runs_in_its_order(desk: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason=NEEDS_TORCH)
    products = desk / "products.parquet"
    pq.write_table(pq.read_table(products).slice(0, FEW), products)
    from aisle.networks.backbone import MobileNetV1
    from aisle.recipes import MOBILENET

    repo, _, revision = MOBILENET.partition("@")
    root = save_folder(tmp_path, random_weights(MobileNetV1(SIDE, 0.25)))
    with serving({repo: {revision: files_under(root)}}) as hub:
        run_all(commands([NETWORKS]), desk, **hub_at(hub.endpoint, tmp_path))
    assert list((desk / "models/both/members/bilstm-mobilenet").rglob("*.onnx"))
    assert "<svg" in (desk / "recipes.html").read_text("utf-8")


@contextmanager
def served(command: str, desk: Path) -> Iterator[None]:
    """`aisle serve` as it is shown, from when it is ready until it is stopped."""
    server = subprocess.Popen([AISLE, *shlex.split(command)[1:]], cwd=desk, stderr=subprocess.PIPE)
    assert server.stderr
    try:
        assert b'"listening"' in next(line for line in server.stderr if b"listening" in line)
        yield
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert server.returncode == 0


@pytest.mark.parametrize("command", [c for c in commands([SERVICE]) if "serve" in c])
def test_every_command_of_the_service_serves(desk: Path, model_folder: Path, command: str) -> None:
    pytest.importorskip("fastapi", reason=NEEDS_SERVE)
    from aisle.service.api.keys import hash_key

    key = f'[[keys]]\nname = "shop"\nrole = "classify"\nsha256 = "{hash_key("secret")}"\n'
    (desk / "keys.toml").write_text(key)
    for name in ("model", "model2"):
        shutil.copytree(model_folder, desk / name, dirs_exist_ok=True)
    with served(command, desk):
        if "--keys" not in command:
            for block in blocks(SERVICE, "python"):
                subprocess.run([sys.executable, "-c", block], check=True)
        else:
            route = f"{HERE}/v1/model"
            assert httpx2.get(route).status_code == 401
            assert httpx2.get(route, headers={"X-API-Key": "secret"}).status_code == 200


def test_every_command_of_the_review_desk_runs(
    desk: Path, model_folder: Path, new_shop_file: Path
) -> None:
    pytest.importorskip("fastapi", reason=NEEDS_SERVE)
    shutil.copyfile(new_shop_file, desk / "test.parquet")
    shutil.copytree(model_folder, desk / "model", dirs_exist_ok=True)
    serve, fill, refit = commands([REVIEW])
    with served(serve, desk):
        run_all([fill], desk)
        for block in blocks(REVIEW, "python"):
            subprocess.run([sys.executable, "-c", block], check=True)
        assert httpx2.get(f"{HERE}/v1/review/progress").json()["by_reviewer"] == {"Ada": 1}
        run_all([refit], desk)
    assert (desk / "model2" / "aisle.json").exists()


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p not in (SERVICE, REVIEW, EXTENDING) and blocks(p, "python")]
)
def test_the_python_runs(page: Path, desk: Path) -> None:
    if page == NETWORKS:
        pytest.importorskip("torch", reason=NEEDS_TORCH)
    for block in blocks(page, "python"):
        done = subprocess.run(
            [sys.executable, "-c", block], cwd=desk, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def test_no_command_of_another_kind_is_shown() -> None:
    allowed = ("make ", "aisle ", "python -m benchmarks", "pip install .", "eval ")
    assert [command for command in commands() if not command.startswith(allowed)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_every_direct_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    table = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    extras = project["optional-dependencies"]
    for requirement in (*project["dependencies"], *extras["torch"], *extras["serve"]):
        assert f"| {re.split('[<>=]', requirement)[0]} |" in table


@pytest.mark.parametrize(
    "command", sorted({c for c in commands() if c.startswith("python -m benchmarks")})
)
def test_every_benchmark_is_there(command: str) -> None:
    name = command.removeprefix("python -m ").replace(".", "/")
    assert (ROOT / f"{name}.py").exists() or (ROOT / name / "__main__.py").exists()


def modules_with_examples() -> list[str]:
    files = sorted((ROOT / "src" / "aisle").rglob("*.py"))
    shown = [file for file in files if ">>> " in file.read_text("utf-8")]
    return [
        ".".join(file.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        for file in shown
    ]


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_of_docstrings_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testmod(import_module(name))
    assert tried
    assert not failed
