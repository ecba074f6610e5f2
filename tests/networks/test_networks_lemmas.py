import sys
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import EncoderError, MissingExtraError
from aisle.networks import lemmas
from aisle.networks.lemmas import SYSTEM_FOLDER, Lemmatizer, open_lemmatizer

NOUNS = ["bo", "bos", "dress", "foot", "glass", "knife", "lady", "shoe", "u", "watch", "woman"]
INDEX = "  1 A licence\n" + "".join(f"{noun} n 1 2 @ ~ 1 0 00000001  \n" for noun in NOUNS)
EXCEPTIONS = "feet foot\nknives knife\ntwice glass shoe\nwent go\n"
ENDINGS = ["", "s", "es", "ses", "ves", "xes", "zes", "ches", "shes", "men", "ies"]


@pytest.fixture(scope="module")
def tiny():
    pytest.importorskip("nltk", reason="lemmas need NLTK")
    return Lemmatizer({"index.noun": INDEX, "noun.exc": EXCEPTIONS})


@pytest.fixture(scope="module")
def system():
    pytest.importorskip("nltk", reason="lemmas need NLTK")
    if not (SYSTEM_FOLDER / "index.noun").is_file():
        pytest.skip(f"no WordNet in {SYSTEM_FOLDER}")
    return open_lemmatizer(SYSTEM_FOLDER)


def put(folder, index=INDEX, exceptions=EXCEPTIONS):
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name, text in (("index.noun", index), ("noun.exc", exceptions)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    return folder


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """No WordNet but in the data folder of NLTK that this gives."""
    data = pytest.importorskip("nltk.data", reason="lemmas need NLTK")
    folder = tmp_path / "nltk_data"
    (folder / "corpora").mkdir(mode=0o755, parents=True)
    folder.chmod(0o755)
    monkeypatch.setattr(data, "path", [str(folder)])
    monkeypatch.setattr(lemmas, "SYSTEM_FOLDER", tmp_path / "none")
    return folder


@pytest.mark.parametrize(
    ("word", "lemma"),
    [
        ("shoes", "shoe"),  # a rule
        ("ladies", "lady"),
        ("women", "woman"),
        ("knives", "knife"),  # an exception
        ("feet", "foot"),
        ("twice", "shoe"),  # the shortest of two
        ("boss", "bos"),  # as WordNet has it
        ("dress", "dress"),
        ("went", "went"),  # its lemma is no noun
        ("vivo", "vivo"),
        ("s", "s"),
        ("", ""),
    ],
)
def test_lemma(tiny, word, lemma):
    assert tiny.lemma(word) == lemma


def test_forms(tiny):
    assert tiny.forms("knife") == ["knife", "knifes", "knives"]
    assert tiny.forms("lady") == ["ladies", "lady", "ladys"]
    assert tiny.forms("shoe") == ["shoe", "shoes", "twice"]
    assert tiny.forms("bos") == ["boses", "boss"]  # for bos itself is taken for more than one bo
    assert tiny.forms("vivo") == ["vivo"]
    assert tiny.forms("go") == ["go"]


def words_near(nouns, irregular):
    known = st.sampled_from(nouns)
    cut = st.builds(lambda word, n: word[: len(word) - n], known, st.integers(0, 3))
    inflected = st.builds(str.__add__, cut, st.sampled_from(ENDINGS))
    return st.one_of(inflected, st.sampled_from(irregular), st.text("aefhimnosuxyz", max_size=4))


@pytest.fixture(scope="module")
def system_words(system):
    nouns, irregular = system._nouns._lemma_pos_offset_map, system._nouns._exception_map["n"]
    return words_near(list(nouns), list(irregular))


@given(words_near(NOUNS, ["feet", "knives", "twice", "went"]))
def test_every_word_is_among_the_forms_of_its_lemma(tiny, word):
    assert word in tiny.forms(tiny.lemma(word))


@given(st.data())
def test_every_word_is_among_the_forms_of_its_lemma_in_all_of_wordnet(system, system_words, data):
    word = data.draw(system_words)
    assert word in system.forms(system.lemma(word))


def test_lemmas_are_those_of_the_library(system, monkeypatch):
    corpus = pytest.importorskip("nltk.corpus", reason="lemmas need NLTK")
    from nltk.stem import WordNetLemmatizer

    monkeypatch.setattr(corpus, "wordnet", system._nouns)
    lemmatize = WordNetLemmatizer().lemmatize
    nouns = list(system._nouns._lemma_pos_offset_map)[::20]
    words = [noun + ending for noun in nouns for ending in ENDINGS]
    words += system._nouns._exception_map["n"]
    assert [system.lemma(word) for word in words] == [lemmatize(word) for word in words]


def test_words_of_shops(system):
    words = "shoes watches wolves knives women dresses geese jewellery glasses children boxes"
    lemmas = "shoe watch wolf knife woman dress goose jewellery glass child box"
    assert [system.lemma(word) for word in words.split()] == lemmas.split()


def test_from_a_folder(tiny, tmp_path):
    assert open_lemmatizer(put(tmp_path)).lemma("shoes") == "shoe"


def test_from_a_data_folder_of_nltk(nowhere):
    put(nowhere / "corpora" / "wordnet")
    assert open_lemmatizer().lemma("knives") == "knife"


def test_from_the_zip_file_that_the_downloader_leaves(nowhere, tmp_path):
    put(tmp_path / "files")
    path = nowhere / "corpora" / "wordnet.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (tmp_path / "files").iterdir():
            archive.write(file, f"wordnet/{file.name}")
    path.chmod(0o644)
    assert open_lemmatizer().lemma("knives") == "knife"


def test_from_the_system_where_nltk_has_none(nowhere, tmp_path, monkeypatch):
    monkeypatch.setattr(lemmas, "SYSTEM_FOLDER", put(tmp_path / "system"))
    assert open_lemmatizer().lemma("knives") == "knife"


def test_no_wordnet_anywhere(nowhere):
    assert open_lemmatizer() is None


def test_broken_download_counts_as_none(nowhere):
    path = nowhere / "corpora" / "wordnet.zip"
    path.write_bytes(b"PK\x03\x04 cut off")
    path.chmod(0o644)
    assert open_lemmatizer() is None


def test_without_nltk(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nltk", None)
    monkeypatch.delitem(sys.modules, "nltk.data", raising=False)
    assert open_lemmatizer() is None
    with pytest.raises(MissingExtraError, match=r'pip install "aisle\[torch\]"'):
        open_lemmatizer(tmp_path)


@pytest.mark.parametrize(
    ("index", "exceptions", "says"),
    [
        ("shoe n 1 2 @\n", EXCEPTIONS, "a line is cut off"),
        ("shoe n one 0 1 0 1\n", EXCEPTIONS, "index.noun, line 1"),
        ("\n", EXCEPTIONS, "a line is cut off"),
        (INDEX, "\n", "list index"),
    ],
)
def test_damaged_files_are_one_line(tiny, tmp_path, index, exceptions, says):
    with pytest.raises(EncoderError, match=says) as caught:
        open_lemmatizer(put(tmp_path, index, exceptions))
    assert "\n" not in str(caught.value)


def test_folder_without_wordnet_is_one_line(tiny, tmp_path):
    with pytest.raises(EncoderError, match=r"index\.noun cannot be read: No such file"):
        open_lemmatizer(tmp_path)
    put(tmp_path)
    (tmp_path / "noun.exc").write_bytes(b"\xff\xfe")
    with pytest.raises(EncoderError, match="holds no WordNet"):
        open_lemmatizer(tmp_path)
