"""What `import aisle` gives, and what it does without."""

import ast
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import aisle

SOURCE = Path(aisle.__file__).parent
HEAVY = ("numpy", "scipy", "sklearn", "onnxruntime", "pyarrow", "PIL", "huggingface_hub", "rich")
NETWORKS = {"torch"}
NEVER = NETWORKS | {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "marshal",
    "shelve",
    "pandas",
}


HELP = """
import sys
from aisle.cli import main
sys.argv = ["aisle", "--help"]
try:
    main()
except SystemExit:
    pass
"""


def modules_after(program: str) -> set[str]:
    """The modules that a fresh interpreter loads, by -X importtime."""
    command = [sys.executable, "-X", "importtime", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_the_public_face() -> None:
    assert aisle.__all__ == [
        "AisleError",
        "Classifier",
        "Decision",
        "Prediction",
        "Predictions",
        "Product",
        "Products",
        "__version__",
        "compare",
        "evaluate",
        "read_products",
        "split",
    ]


@pytest.mark.parametrize("name", aisle.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    value = getattr(aisle, name)
    assert value.__doc__
    if name != "__version__":
        assert value.__name__ == name
        assert value.__module__.startswith("aisle.")


def test_every_public_error_is_an_aisle_error() -> None:
    from aisle import errors

    kinds = [value for value in vars(errors).values() if isinstance(value, type)]
    assert all(issubclass(kind, aisle.AisleError) for kind in kinds)
    assert all(f" {kind.__name__} " in errors.__doc__ for kind in kinds[1:])


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'aisle' has no attribute 'Clasifier'"):
        _ = aisle.Clasifier  # type: ignore[attr-defined]


def test_dir_and_help_show_the_face() -> None:
    assert dir(aisle) == sorted(aisle.__all__)
    shown = pydoc.render_doc(aisle, renderer=pydoc.plaintext)
    for name in ("class Classifier", "class Predictions", "read_products(", "split("):
        assert name in shown


def test_a_misspelt_name_fails_type_checking(tmp_path: Path) -> None:
    mypy = pytest.importorskip("mypy.api", reason="types are checked with mypy (make check)")
    (tmp_path / "user.py").write_text("import aisle\n\naisle.Clasifier\naisle.Classifier\n")
    options = ["--follow-imports=silent", f"--cache-dir={tmp_path}", "--ignore-missing-imports"]
    out, _, code = mypy.run([str(tmp_path / "user.py"), *options])
    assert code == 1
    assert 'Module has no attribute "Clasifier"' in out
    assert out.count("error:") == 1


@pytest.mark.parametrize("program", ["import aisle", "import aisle.cli", HELP])
def test_nothing_heavy_is_loaded_at_the_start(program: str) -> None:
    loaded = modules_after(program)
    assert any(name.startswith("aisle") for name in loaded)
    assert {name for name in loaded if name.split(".")[0] in HEAVY} == set()


def test_no_module_loads_what_can_run_code_or_is_not_a_dependency() -> None:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            never = NEVER - NETWORKS if path.parent.name == "networks" else NEVER
            assert not {name.split(".")[0] for name in names} & never, path
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.literal_eval(node.value) is False, path
