"""A damaged or hostile model folder is refused with one line."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edits import edited, json_values
from handmade import products_from, shirts_and_pans
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save
from tiny_models import image_repo, text_repo

from aisle.classifier import Classifier
from aisle.errors import ModelError
from aisle.model_folder.layout import FORMAT
from aisle.schema import Product

FILES = ["aisle.json", "model.json", "arrays.safetensors", "terms.json"]
NETWORK = "members/words/featurizer/onnx/model.onnx"


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with encoders in it."""
    folder = tmp_path_factory.mktemp("intact")
    words, pixels = text_repo(folder / "words"), image_repo(folder / "pixels")
    model = Classifier([words], [pixels]).fit(products_from(shirts_and_pans(16)))
    model.save(folder / "model")
    return folder / "model"


@pytest.fixture
def copy(intact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(intact, tmp_path / "copy"))


def refused(folder: Path, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        Classifier.load(folder)
    assert "\n" not in str(caught.value)


def accepted(folder: Path) -> Classifier | None:
    """The model, or None where it is refused with one line."""
    try:
        return Classifier.load(folder)
    except ModelError as error:
        message = str(error)
    assert "\n" not in message
    return None


def edit_manifest(folder: Path, **changes: Any) -> None:
    manifest = json.loads((folder / "aisle.json").read_text())
    (folder / "aisle.json").write_text(json.dumps(manifest | changes))


def list_file(folder: Path, name: str, content: bytes) -> None:
    """Puts a file into the manifest with the right digest."""
    manifest = json.loads((folder / "aisle.json").read_text())
    digests = manifest["digests"] | {name: hashlib.sha256(content).hexdigest()}
    edit_manifest(folder, digests=digests)


def replace_file(folder: Path, name: str, content: bytes) -> None:
    """As someone would who knows the format: the digest fits."""
    (folder / name).write_bytes(content)
    list_file(folder, name, content)


def edit_array(folder: Path, name: str, array: Any) -> None:
    """Puts another array in its place, or with None leaves it out."""
    arrays = load((folder / "arrays.safetensors").read_bytes()) | {name: array}
    kept = {name: one for name, one in arrays.items() if one is not None}
    replace_file(folder, "arrays.safetensors", save(kept))


def test_the_folder_itself_is_accepted(copy: Path) -> None:
    assert len(Classifier.load(copy).classes_) == 2


@pytest.mark.parametrize(("step", "remedy"), [(1, "update it"), (-1, "fit the model again")])
def test_another_format_says_what_to_do(copy: Path, step: int, remedy: str) -> None:
    edit_manifest(copy, format=FORMAT + step)
    refused(copy, f"has the model format {FORMAT + step}; this aisle reads {FORMAT}, {remedy}")


@pytest.mark.parametrize("name", [*FILES[1:], NETWORK, "members/pixels/featurizer/onnx/model.onnx"])
def test_a_changed_byte_is_noticed(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    refused(copy, f"{name} is not what fit wrote")


@pytest.mark.parametrize("place", range(0, 400, 20))
def test_a_changed_byte_in_the_manifest_is_noticed(copy: Path, place: int) -> None:
    content = bytearray((copy / "aisle.json").read_bytes())
    printable = [index for index, byte in enumerate(content) if chr(byte).isalnum()]
    content[printable[place]] ^= 1
    (copy / "aisle.json").write_bytes(content)
    refused(copy, str(copy))


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_off_is_noticed(copy: Path, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    refused(copy, "fit")


@pytest.mark.parametrize("name", [*FILES, NETWORK, "members/words/featurizer/tokenizer.json"])
def test_a_missing_file_is_noticed(copy: Path, name: str) -> None:
    (copy / name).unlink()
    refused(copy, "is no aisle model" if name == "aisle.json" else f"lacks {name}")


def test_an_encoder_that_nobody_listed_is_missing(copy: Path) -> None:
    manifest = json.loads((copy / "aisle.json").read_text())
    digests = {k: v for k, v in manifest["digests"].items() if not k.startswith("members/words")}
    edit_manifest(copy, digests=digests)
    refused(copy, "the files of an encoder are not there")


@pytest.mark.parametrize(
    "name", ["../secret", "members/../../secret", "/etc/hostname", "a\x00b", "x" * 5000]
)
def test_a_name_that_leads_out_is_refused(copy: Path, name: str) -> None:
    (copy.parent / "secret").write_bytes(b"secret")
    list_file(copy, name, b"secret")
    refused(copy, "names the file .* outside of itself")


def test_an_absolute_name_is_refused(copy: Path) -> None:
    list_file(copy, str(copy.resolve() / "terms.json"), (copy / "terms.json").read_bytes())
    refused(copy, "outside of itself")


def test_a_link_out_of_the_folder_is_refused(copy: Path) -> None:
    secret = copy.parent / "secret.json"
    (copy / "terms.json").rename(secret)
    (copy / "terms.json").symlink_to(secret)
    refused(copy, "outside of itself")


def test_a_loop_of_links_is_refused(copy: Path) -> None:
    (copy / "terms.json").unlink()
    (copy / "terms.json").symlink_to("terms.json")
    refused(copy, str(copy))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", "null", '{"format": "1"}', '{"format": 1}', "[" * 100_000, "\xff"]
)
def test_a_manifest_of_another_kind_is_refused(copy: Path, text: str) -> None:
    (copy / "aisle.json").write_bytes(text.encode("latin-1"))
    refused(copy, str(copy))


@pytest.mark.parametrize("digests", [None, [], {}, "x", {"model.json": 1}, {"terms.json": None}])
def test_a_list_of_files_of_another_kind_is_refused(copy: Path, digests: object) -> None:
    edit_manifest(copy, digests=digests)
    refused(copy, "lists no files")


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_part_of_another_kind_is_refused(copy: Path, name: str, content: bytes) -> None:
    replace_file(copy, name, content)
    refused(copy, "is damaged")


def test_too_few_categories_are_refused(copy: Path) -> None:
    description = json.loads((copy / "model.json").read_text())
    description["categories"].pop()
    replace_file(copy, "model.json", json.dumps(description).encode())
    refused(copy, "do not fit 1 categories")


ROWS = 16


@pytest.mark.parametrize("modalities", ["text", "image", "text + image"])
@pytest.mark.parametrize(
    ("part", "array"),
    [
        ("truth", None),
        ("columns", np.full((ROWS, 2), 2, np.int32)),
        ("truth", np.full(ROWS, -1, np.int32)),
        ("columns", np.zeros((ROWS - 1, 2), np.int32)),
        ("truth", np.zeros((), np.int32)),
        ("confidence", np.full(ROWS, np.nan, np.float32)),
        ("confidence", np.full(ROWS, 1.1, np.float32)),
        ("probabilities", np.full((ROWS, 1), -0.1, np.float16)),
        ("familiarity", np.zeros(ROWS + 1, np.float32)),
    ],
)
def test_damaged_out_of_fold_answers_are_refused(
    copy: Path, modalities: str, part: str, array: Any
) -> None:
    edit_array(copy, f"oof/{modalities}/{part}", array)
    refused(copy, "is damaged .*; fit the model again")


def test_a_kind_that_nobody_registered_is_named(copy: Path) -> None:
    description = json.loads((copy / "model.json").read_text())
    description["members"][0]["expert"] = "oracle"
    replace_file(copy, "model.json", json.dumps(description).encode())
    refused(copy, "a part of the kind 'oracle', which is not part of aisle; import the module")


JSON = json_values(())


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_an_edited_description_is_refused_or_works(intact: Path, copy: Path, data: Any) -> None:
    description = json.loads((intact / "model.json").read_text())
    replace_file(copy, "model.json", json.dumps(edited(data, description, JSON)).encode())
    if model := accepted(copy):
        answers = model.explain([*shirts_and_pans(1), Product("none")])
        assert np.isfinite(answers[0].confidence)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_an_edited_manifest_is_refused_or_works(intact: Path, copy: Path, data: Any) -> None:
    manifest = json.loads((intact / "aisle.json").read_text())
    (copy / "aisle.json").write_text(json.dumps(edited(data, manifest, JSON)))
    if model := accepted(copy):
        assert len(model.explain(shirts_and_pans(2))) == 2
