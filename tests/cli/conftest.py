from pathlib import Path

import pytest
from commands import CommandLine
from handmade import PAN, SHIRT, picture, title

from aisle.schema import join_path


@pytest.fixture
def aisle(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(capsys, monkeypatch)


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV file of 40 products with pictures, in columns that nobody would guess."""
    folder = tmp_path_factory.mktemp("table")
    lines = ["key,headline,more,photo,shelf"]
    (folder / "photos").mkdir()
    for number in range(40):
        category = (SHIRT, PAN)[number % 2]
        (folder / "photos" / f"{number}.png").write_bytes(picture(category, number))
        shelf = join_path(category).replace(" > ", "/")
        lines.append(f"k{number},{title(category, number)},more {number},{number}.png,{shelf}")
    (folder / "table.csv").write_text("\n".join(lines))
    return folder / "table.csv"
