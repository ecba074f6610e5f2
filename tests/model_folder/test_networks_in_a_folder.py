"""The folder of a model with networks: what lies in it, and what is refused."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from edits import edited, json_values
from handmade import products_from, shirts_and_pans
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save
from tiny_models import image_repo

from aisle.classifier import Classifier
from aisle.errors import AisleError, ModelError
from aisle.model_folder.layout import FORMAT
from aisle.networks import vocabulary
from aisle.networks.inputs import cut
from aisle.recipes import NETWORKS, NetworkRecipe, NetworkSize, Training
from aisle.schema import Product

pytest.importorskip("torch", reason="networks are trained with torch (the extra torch)")

HELPERS = Path(__file__).parents[1] / "helpers"
NETWORK = "members/bilstm-mobilenet/expert/network.onnx"
BACKBONE = "members/bilstm-mobilenet/featurizer/backbone/onnx/model.onnx"
MEMBER = "members/bilstm-mobilenet"
"""The network that needs both."""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """TF-IDF and the three networks, all of them small."""
    folder = tmp_path_factory.mktemp("ingredients")
    random = np.random.default_rng(0)
    lines = (
        f"{word} {' '.join(f'{value:.3f}' for value in random.normal(size=6))}\n"
        for word in ("shirt", "cotton", "collar", "sleeve", "pan", "lid", "frying", "handle")
    )
    (folder / "vectors.txt").write_text("".join(lines))
    backbone = image_repo(folder / "backbone", output="last_hidden_state")
    size = NetworkSize(units=8, width=16)
    training = Training(rate=0.02, batch=8, epochs=3, device="cpu")
    networks = tuple(
        NetworkRecipe(name, str(folder / "vectors.txt"), str(backbone), 0, training, size)
        for name in NETWORKS
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "open_lemmatizer", lambda wordnet: None)
        patch.setenv("AISLE_CACHE", str(folder / "cache"))
        model = Classifier((), (), networks=networks)
        return model.fit(products_from(shirts_and_pans(24)))


@pytest.fixture(scope="module")
def intact(fitted: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "model"
    fitted.save(folder)
    return folder


@pytest.fixture
def copy(intact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(intact, tmp_path / "copy"))


def refused(folder: Path, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        Classifier.load(folder)
    assert "\n" not in str(caught.value)


def edit_json(folder: Path, name: str, change: Callable[[Any], object]) -> None:
    """As someone would who knows the format: the digest fits."""
    content = json.loads((folder / name).read_text())
    change(content)
    replace_file(folder, name, json.dumps(content).encode())


def replace_file(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    if name != "aisle.json":
        digest = hashlib.sha256(content).hexdigest()
        edit_json(folder, "aisle.json", lambda manifest: manifest["digests"].update({name: digest}))


def edit_arrays(folder: Path, **changes: Any) -> None:
    """Arrays by their names; None takes one away."""
    arrays = load_file(folder / "arrays.safetensors") | changes
    kept = {name: array for name, array in arrays.items() if array is not None}
    replace_file(folder, "arrays.safetensors", save(kept))


def test_each_network_is_a_file_of_its_own(intact: Path) -> None:
    files = {str(path.relative_to(intact)) for path in intact.rglob("*") if path.is_file()}
    assert files == {
        "aisle.json",
        "model.json",
        "arrays.safetensors",
        "terms.json",
        "members/bilstm-glove/expert/network.onnx",
        "members/mobilenet/expert/network.onnx",
        "members/bilstm-mobilenet/expert/network.onnx",
        "members/mobilenet/featurizer/backbone/onnx/model.onnx",
        "members/mobilenet/featurizer/backbone/preprocessor_config.json",
        "members/bilstm-mobilenet/featurizer/backbone/onnx/model.onnx",
        "members/bilstm-mobilenet/featurizer/backbone/preprocessor_config.json",
    }
    digests = json.loads((intact / "aisle.json").read_text())["digests"]
    assert files - {"aisle.json"} == digests.keys()


def test_nothing_in_the_folder_can_run(intact: Path) -> None:
    for path in (path for path in intact.rglob("*") if path.is_file()):
        start = path.read_bytes()[:2]
        assert path.suffix in {".json", ".safetensors", ".onnx"}
        assert start[:1] != b"\x80", f"{path} starts as a pickle does"
        assert start != b"PK", f"{path} is a zip archive, as torch writes it"


@pytest.mark.parametrize(("place", "name"), list(enumerate(NETWORKS, start=1)))
def test_onnx_runtime_alone_gives_the_same_scores(
    intact: Path, fitted: Classifier, place: int, name: str
) -> None:
    session = ort.InferenceSession(intact / "members" / name / "expert" / "network.onnx")
    assert [output.name for output in session.get_outputs()] == ["logits", "context"]
    evidence = fitted.model_.featurizers[place].transform(shirts_and_pans(5)).evidence
    feed = cut(evidence.features)
    assert [given.name for given in session.get_inputs()] == list(feed)
    logits, context = session.run(None, feed)
    assert context.shape[0] == 5
    lead = fitted.model_.ensemble.experts_[place].scores(evidence.features)
    assert lead[:, 0] == pytest.approx(logits[:, 0] - logits[:, 1], abs=1e-3)


def test_the_vocabularies_of_networks_are_kept_apart(intact: Path) -> None:
    terms = json.loads((intact / "terms.json").read_text())
    reading = ("bilstm-glove", "bilstm-mobilenet")
    names = {f"members/{name}/featurizer/{part}" for name in reading for part in ("words", "forms")}
    assert {name for name in terms if "members/tfidf" not in name} == names
    first, second = (terms[f"members/{name}/featurizer/words"] for name in reading)
    assert first == second


ANSWERING = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "nltk", "onnx", "sklearn.feature_extraction"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocked())
import numpy as np
from edits import edited, json_values
from handmade import shirts_and_pans
from aisle.classifier import Classifier

model = Classifier.load(sys.argv[1])
products = shirts_and_pans(30)
np.save(sys.argv[2], model.predict_proba(products))
answers = model.explain(products)
curves = model.summary().training_curves
print(len(answers), *(len(curve.epochs) for curve in curves.values()))
"""


def test_answers_need_neither_torch_nor_nltk_nor_scikit_learns_texts(
    intact: Path, fitted: Classifier, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ANSWERING, intact, tmp_path / "answers.npy"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HELPERS), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["30", "3", "3", "3"]
    probabilities = np.load(tmp_path / "answers.npy")
    assert np.array_equal(probabilities, fitted.predict_proba(shirts_and_pans(30)))


CLASSIFYING = """
import sys
from aisle.cli import main

sys.argv = ["aisle", "classify", sys.argv[1], "--text", "cotton shirt", "--json"]
main()
heavy = {"torch", "nltk", "onnx", "sklearn", "scipy.optimize", "pyarrow", "huggingface_hub", "rich"}
print(*heavy & set(sys.modules), file=sys.stderr)
"""


def test_an_answer_does_not_import_what_only_training_needs(intact: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLASSIFYING, intact], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["category"] == ["Clothing", "Shirts"]
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("version", range(1, FORMAT))
def test_an_older_format_is_refused_with_one_line(copy: Path, version: int) -> None:
    edit_json(copy, "aisle.json", lambda manifest: manifest.update(format=version))
    refused(copy, f"has the model format {version}; this aisle reads {FORMAT}, fit the model again")


@pytest.mark.parametrize("name", [NETWORK, BACKBONE, "members/mobilenet/expert/network.onnx"])
def test_a_changed_network_is_noticed(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    refused(copy, f"{name} is not what fit wrote; copy or fit the model again")


@pytest.mark.parametrize("name", [NETWORK, BACKBONE])
@pytest.mark.parametrize("share", [0, 0.5])
def test_a_network_cut_off_is_noticed(copy: Path, name: str, share: float) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: int(len(content) * share)])
    refused(copy, f"{name} is not what fit wrote")


@pytest.mark.parametrize("name", [NETWORK, BACKBONE, "members/bilstm-glove/expert/network.onnx"])
def test_a_missing_network_is_noticed(copy: Path, name: str) -> None:
    (copy / name).unlink()
    refused(copy, f"lacks {name}; the model is cut off")


def test_a_network_that_nobody_listed_is_missing(copy: Path) -> None:
    edit_json(copy, "aisle.json", lambda manifest: manifest["digests"].pop(NETWORK))
    refused(copy, "is damaged .*network.onnx.*; fit the model again")


def test_a_backbone_that_nobody_listed_is_missing(copy: Path) -> None:
    def without_backbone(manifest: Any) -> None:
        for name in [name for name in manifest["digests"] if "/mobilenet/featurizer" in name]:
            del manifest["digests"][name]

    edit_json(copy, "aisle.json", without_backbone)
    refused(copy, "is damaged .*files of an encoder are not there")


@pytest.mark.parametrize("part", ["words", "forms"])
def test_a_missing_vocabulary_is_noticed(copy: Path, part: str) -> None:
    edit_json(
        copy, "terms.json", lambda terms: terms.pop(f"members/bilstm-mobilenet/featurizer/{part}")
    )
    refused(copy, "is damaged .*; fit the model again")


@pytest.mark.parametrize("deed", ["shorter", "longer"])
def test_a_vocabulary_of_another_length_is_noticed(copy: Path, deed: str) -> None:
    def resize(terms: Any) -> None:
        forms = terms["members/bilstm-glove/featurizer/forms"]
        forms.append("hose") if deed == "longer" else forms.pop()

    edit_json(copy, "terms.json", resize)
    refused(copy, "is damaged .*; fit the model again")


@pytest.mark.parametrize(
    "changes",
    [
        {f"{MEMBER}/featurizer/numbers": None},
        {f"{MEMBER}/featurizer/settings": None},
        {f"{MEMBER}/featurizer/numbers": np.array([1, 2], np.int32)},
        {f"{MEMBER}/featurizer/settings": np.array([10, -1, 0], np.int32)},
        {f"{MEMBER}/featurizer/settings": np.array([10, 2.5, 0], np.float32)},
        {f"{MEMBER}/featurizer/settings": np.array([10], np.int32)},
        {f"{MEMBER}/expert/curve": None},
        {f"{MEMBER}/expert/curve": np.zeros((2, 3), np.float32)},
        {f"{MEMBER}/expert/more": np.zeros(4)},
    ],
)
def test_arrays_of_another_kind_are_refused(copy: Path, changes: dict[str, Any]) -> None:
    edit_arrays(copy, **changes)
    refused(copy, "is damaged .*; fit the model again")


@pytest.mark.parametrize("content", [b"", b"x" * 100, "backbone"])
@pytest.mark.parametrize("name", [NETWORK, BACKBONE])
def test_another_network_in_its_place_is_one_line(
    copy: Path, name: str, content: bytes | str
) -> None:
    """Though its digest fits: as late as the first answer, when it is opened."""
    other = (copy / BACKBONE).read_bytes() if isinstance(content, str) else content
    if other == (copy / name).read_bytes():
        other = (copy / NETWORK).read_bytes()
    replace_file(copy, name, other)
    with pytest.raises(AisleError, match=r"ONNX Runtime|no feature map") as caught:
        Classifier.load(copy).explain(shirts_and_pans(2))
    assert "\n" not in str(caught.value)


JSON = json_values([*NETWORKS, ""])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), part=st.sampled_from(["members", "settings", "rules", "pools"]))
def test_an_edited_description_is_refused_or_works(
    intact: Path, copy: Path, data: Any, part: str
) -> None:
    description = json.loads((intact / "model.json").read_text())
    description[part] = edited(data, description[part], JSON)
    replace_file(copy, "model.json", json.dumps(description).encode())
    refusal = ""
    try:
        answers = Classifier.load(copy).explain([*shirts_and_pans(1), Product("none")])
    except AisleError as error:
        refusal = str(error)
    assert "\n" not in refusal
    assert refusal or np.isfinite(answers[0].confidence)
