"""The installed program: exit codes, signals, full disks."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from disks import small_disk
from handmade import PAN, SHIRT, picture, title

PROGRAM = Path(sys.executable).with_name("aisle")
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="aisle is not installed here")


def start(*arguments: object, cache: Path | None = None) -> subprocess.Popen[str]:
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    if cache:
        environment["AISLE_CACHE"] = str(cache)
    return subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def run(*arguments: object, cache: Path | None = None) -> tuple[int, str, str]:
    process = start(*arguments, cache=cache)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_help_exits_with_zero() -> None:
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: aisle")


def test_python_m_aisle_is_the_same_program() -> None:
    command = [sys.executable, "-m", "aisle", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == run("--help")[1]


@pytest.mark.parametrize(
    ("shell", "words", "offered"),
    [("bash", "aisle pre", "predict"), ("zsh", "aisle fit --te", "--text-encoder")],
)
def test_shells_complete_commands_and_flags(shell: str, words: str, offered: str) -> None:
    environment = {"_AISLE_COMPLETE": f"{shell}_complete", "COMP_WORDS": words}
    environment["COMP_CWORD"] = str(len(words.split()) - 1)
    done = subprocess.run(
        [PROGRAM], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    assert offered in done.stdout


def test_shells_get_a_completion_script() -> None:
    environment = os.environ | {"_AISLE_COMPLETE": "bash_source"}
    done = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert "_aisle_completion" in done.stdout


def test_a_mistake_exits_with_two_and_one_line(tmp_path: Path) -> None:
    code, out, err = run("classify", tmp_path / "nowhere", "--text", "shirt")
    assert (code, out) == (2, "")
    assert err.startswith("aisle: ")
    assert err.count("\n") == 1


def test_a_wrong_use_exits_with_two() -> None:
    code, _, err = run("predict")
    assert code == 2
    assert err.startswith("aisle: Missing argument")


def test_an_answer_exits_with_zero(model_folder: Path) -> None:
    code, out, err = run("classify", model_folder, "--text", "pleated skirt", "--json")
    assert (code, err) == (0, "")
    assert '"Skirts"' in out


def test_an_answer_does_not_import_what_only_fitting_needs(model_folder: Path) -> None:
    code = f"""
import sys
from aisle.cli import main
sys.argv = ["aisle", "classify", {str(model_folder)!r}, "--text", "pleated skirt", "--json"]
main()
heavy = ["sklearn", "scipy.optimize", "scipy.stats", "pyarrow", "huggingface_hub", "httpx2", "rich"]
print(*set(heavy) & set(sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""


def test_a_full_disk_exits_with_two_and_one_line(
    model_folder: Path, new_shop_file: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "4k") as disk:
        code, _, err = run("predict", model_folder, new_shop_file, "--to", disk / "out.jsonl")
        left = list(disk.iterdir())
    assert code == 2, err
    assert err.count("\n") == 1
    assert "No space left on device" in err
    assert left == []


def kept(cache: Path) -> int:
    """How many vectors a cache holds."""
    for file in cache.glob("*.sqlite"):
        try:
            with sqlite3.connect(file, timeout=10) as store:
                return int(store.execute("SELECT count(*) FROM vectors").fetchone()[0])
        except sqlite3.OperationalError:  # the file is there, the table not yet
            return 0
    return 0


def test_ctrl_c_while_encoding_exits_with_130_and_the_next_run_goes_on(tmp_path: Path) -> None:
    cache, rows, count = tmp_path / "cache", ["title,image,category"], 600
    for number in range(count):
        category = (SHIRT, PAN)[number % 2]
        (tmp_path / f"{number}.png").write_bytes(picture(category, number))
        rows.append(f"{title(category, number)},{number}.png,{category[-1]}")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    command = ("fit", tmp_path / "table.csv", "--to", tmp_path / "model")

    process = start(*command, cache=cache)
    deadline = time.monotonic() + 60
    while not kept(cache) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    done = kept(cache)
    assert process.returncode == 130, err
    lines = [line for line in err.splitlines() if line and not line.startswith("guessed")]
    assert lines == ["aisle: stopped; run the same command again to continue"]
    assert 0 < done < count
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("model")) == []

    code, _, err = run(*command, cache=cache)
    assert code == 0, err
    assert kept(cache) == count
    assert (tmp_path / "model" / "aisle.json").is_file()
