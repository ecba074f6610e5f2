import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from aisle.errors import EncoderError, MissingExtraError
from aisle.networks import vocabulary as module
from aisle.networks.vocabulary import (
    SYSTEM_FOLDER,
    Lemmatizer,
    Vocabulary,
    open_lemmatizer,
    split_words,
    stop_words,
)

TEXTS = [
    "Women's Shoes, the best SHOES for women; 2 pairs of glasses",
    "A knife and knives, us boss: jewellery & dress",
    "Red shoe. Steel glass; watches and a watch of the vivo",
]
ENDINGS = ["", "s", "es", "ses", "ves", "xes", "zes", "ches", "shes", "men", "ies", "'s", "-", "̈"]


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setattr(module, "open_lemmatizer", lambda folder: None)
    return Vocabulary


@pytest.fixture(scope="module")
def tiny_wordnet(tmp_path_factory):
    pytest.importorskip("nltk", reason="lemmas need NLTK")
    folder = tmp_path_factory.mktemp("wordnet")
    nouns = "bos dress glass jewellery knife pair s shoe steel u vivo watch woman"
    lines = [f"{noun} n 1 1 @ 1 0 00000001  \n" for noun in nouns.split()]
    (folder / "index.noun").write_text("".join(lines))
    (folder / "noun.exc").write_text("knives knife\nthe shoe\nshoon shoe\n")
    return folder


@pytest.fixture(scope="module")
def system_wordnet():
    pytest.importorskip("nltk", reason="lemmas need NLTK")
    if not (SYSTEM_FOLDER / "index.noun").is_file():
        pytest.skip(f"no WordNet in {SYSTEM_FOLDER}")
    return SYSTEM_FOLDER


def lemmatised(folder):
    return Vocabulary(most=15, length=6, wordnet=folder).fit(TEXTS), open_lemmatizer(folder)


@pytest.fixture(scope="module")
def tiny(tiny_wordnet):
    return lemmatised(tiny_wordnet)


@pytest.fixture(scope="module")
def system(system_wordnet):
    return lemmatised(system_wordnet)


def cleaned(text, lemmatizer):
    """The specification by hand."""
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return [lemmatizer.lemma(word) for word in words if word not in ENGLISH_STOP_WORDS]


def directly(vocabulary, text, lemmatizer):
    known = [word for word in cleaned(text, lemmatizer) if word in vocabulary.words_]
    numbers = [vocabulary.words_.index(word) + 1 for word in known][: vocabulary.length]
    return numbers + [0] * (vocabulary.length - len(numbers))


def test_most_frequent_words_first_and_the_earlier_of_equals(plain):
    vocabulary = plain(most=3).fit(["pan lid pan", "wok lid mug pan", "wok"])
    assert vocabulary.words_ == ["pan", "lid", "wok"]


def test_numbers_in_order_unknown_words_dropped_cut_and_padded(plain):
    vocabulary = plain(length=4).fit(["red blue pan", "pan blue", "pan"])
    assert vocabulary.words_ == ["pan", "blue", "red"]
    numbers = vocabulary.transform(["Blue, unheard RED-pan", "", "red " * 9, "the unheard"])
    assert numbers.dtype == np.int32
    assert numbers.tolist() == [[2, 3, 1, 0], [0] * 4, [3] * 4, [0] * 4]
    assert vocabulary.transform([]).shape == (0, 4)


def test_stop_words_are_no_words(plain):
    vocabulary = plain().fit(["the pan of the house", "the"])
    assert vocabulary.words_ == ["pan", "house"]


def test_without_wordnet_words_stay_and_that_is_told(plain):
    vocabulary = plain().fit(["shoes shoe knives"])
    assert vocabulary.words_ == ["shoes", "shoe", "knives"]
    assert not vocabulary.lemmatised_
    assert "python -m nltk.downloader wordnet" in vocabulary.note


def test_nothing_to_learn_from(plain):
    for texts in ([], ["", "the 😀"]):
        vocabulary = plain(length=2).fit(texts)
        assert vocabulary.words_ == []
        assert vocabulary.transform(["red"]).tolist() == [[0, 0]]


def test_forms_of_a_word_count_together(tiny):
    vocabulary, _ = tiny
    assert vocabulary.lemmatised_
    assert vocabulary.note == ""
    assert vocabulary.words_[0] == "shoe"
    assert {"knife", "woman", "watch", "bos"} <= set(vocabulary.words_)
    assert not {"knives", "women", "watches", "boss"} & set(vocabulary.words_)


def test_forms_never_seen_in_training_are_known(tiny):
    vocabulary, _ = tiny
    shoe, woman, dress = (vocabulary.words_.index(w) + 1 for w in ("shoe", "woman", "dress"))
    numbers = vocabulary.transform(["Shoon, woman, dresses", "the us"])
    assert numbers[0].tolist() == [shoe, woman, dress, 0, 0, 0]
    assert not numbers[1].any()  # stop words, though they are forms of shoe and u


def test_fewer_words_than_forms(tiny_wordnet):
    vocabulary = Vocabulary(most=2, length=3, wordnet=tiny_wordnet).fit(TEXTS)
    assert len(vocabulary.words_) == 2
    assert set(vocabulary.forms_.values()) == {1, 2}


def texts_near(words):
    word = st.sampled_from([*words, "The", "US", "shoon", "ses"])
    cut = st.builds(lambda word, n: word[: len(word) - n], word, st.integers(0, 3))
    inflected = st.builds(str.__add__, cut, st.sampled_from(ENDINGS))
    return st.lists(st.one_of(inflected, st.text(max_size=5)), max_size=9).map(" ".join)


@given(st.data())
def test_look_up_is_cleaning_anew(tiny, data):
    vocabulary, lemmatizer = tiny
    text = data.draw(texts_near(vocabulary.words_))
    assert vocabulary.transform([text]).tolist() == [directly(vocabulary, text, lemmatizer)]


@given(st.data())
def test_look_up_is_cleaning_anew_in_all_of_wordnet(system, data):
    vocabulary, lemmatizer = system
    text = data.draw(texts_near(vocabulary.words_))
    assert vocabulary.transform([text]).tolist() == [directly(vocabulary, text, lemmatizer)]


def test_training_texts_are_read_as_they_were_counted(system):
    vocabulary, lemmatizer = system
    for text in TEXTS:
        assert vocabulary.transform([text]).tolist() == [directly(vocabulary, text, lemmatizer)]


def test_state_there_and_back(plain, tmp_path):
    vocabulary = plain(most=4, length=3).fit(TEXTS)
    terms, arrays = vocabulary.state()
    again = Vocabulary.from_state(terms, arrays)
    assert vars(again) == vars(vocabulary)
    assert np.array_equal(again.transform(TEXTS), vocabulary.transform(TEXTS))
    with pytest.raises(ValueError, match="longer"):
        Vocabulary.from_state({**terms, "forms": terms["forms"][:-1]}, arrays)


def test_state_of_lemmatised_words(tiny):
    vocabulary, _ = tiny
    again = Vocabulary.from_state(*vocabulary.state())
    assert again.lemmatised_
    assert again.forms_ == vocabulary.forms_
    assert np.array_equal(again.transform(TEXTS), vocabulary.transform(TEXTS))


def test_answering_loads_nothing_heavy():
    code = (
        "import sys, numpy as np\n"
        "from aisle.networks.vocabulary import Vocabulary\n"
        "arrays = dict(numbers=np.array([1]), settings=np.array([9, 2, 1]))\n"
        "vocabulary = Vocabulary.from_state(dict(words=['pan'], forms=['pan']), arrays)\n"
        "assert vocabulary.transform(['a pan']).tolist() == [[1, 0]]\n"
        "assert not {'nltk', 'sklearn', 'torch'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Men's Analog Watch (38mm), steel_strap", "men s analog watch 38mm steel strap"),
        ("CAFÉ-Straße № 5½", "café straße 5½"),
        ("रबर 手表\n表", "रबर 手表 表"),
        ("😀 -- \x00 \t", ""),
        ("", ""),
    ],
)
def test_words(text, words):
    assert list(split_words(text)) == words.split()


@given(st.text())
def test_all_but_letters_and_digits_is_white_space(text):
    cleaned = "".join(c if c.isalnum() else " " for c in text.lower())
    assert list(split_words(text)) == cleaned.split()


def test_no_more_is_read_than_asked_for():
    words = split_words("red " * 3_000_000)
    assert next(words) == "red"


def test_stop_words_are_those_of_scikit_learn():
    assert {"the", "and", "with", "of"} <= stop_words()
    assert not {"watch", "red", "new"} & stop_words()


NOUNS = ["bo", "bos", "dress", "foot", "glass", "knife", "lady", "shoe", "u", "watch", "woman"]
NOUN_ENDINGS = ["", "s", "es", "ses", "ves", "xes", "zes", "ches", "shes", "men", "ies"]
INDEX = "  1 A licence\n" + "".join(f"{noun} n 1 2 @ ~ 1 0 00000001  \n" for noun in NOUNS)
EXCEPTIONS = "feet foot\nknives knife\ntwice glass shoe\nwent go\n"


@pytest.fixture(scope="module")
def nouns():
    pytest.importorskip("nltk", reason="lemmas need NLTK")
    return Lemmatizer({"index.noun": INDEX, "noun.exc": EXCEPTIONS})


@pytest.fixture(scope="module")
def wordnet():
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
def test_lemma(nouns, word, lemma):
    assert nouns.lemma(word) == lemma


def test_forms(nouns):
    assert nouns.forms("knife") == ["knife", "knifes", "knives"]
    assert nouns.forms("lady") == ["ladies", "lady", "ladys"]
    assert nouns.forms("shoe") == ["shoe", "shoes", "twice"]
    assert nouns.forms("bos") == [
        "boses",
        "boss",
    ]  # for bos itself is taken for more than one bo
    assert nouns.forms("vivo") == ["vivo"]
    assert nouns.forms("go") == ["go"]


def words_near(nouns, irregular):
    known = st.sampled_from(nouns)
    cut = st.builds(lambda word, n: word[: len(word) - n], known, st.integers(0, 3))
    inflected = st.builds(str.__add__, cut, st.sampled_from(NOUN_ENDINGS))
    return st.one_of(inflected, st.sampled_from(irregular), st.text("aefhimnosuxyz", max_size=4))


@pytest.fixture(scope="module")
def system_words(wordnet):
    nouns, irregular = (
        wordnet._nouns._lemma_pos_offset_map,
        wordnet._nouns._exception_map["n"],
    )
    return words_near(list(nouns), list(irregular))


@given(words_near(NOUNS, ["feet", "knives", "twice", "went"]))
def test_every_word_is_among_the_forms_of_its_lemma(nouns, word):
    assert word in nouns.forms(nouns.lemma(word))


@given(st.data())
def test_every_word_is_among_the_forms_of_its_lemma_in_all_of_wordnet(wordnet, system_words, data):
    word = data.draw(system_words)
    assert word in wordnet.forms(wordnet.lemma(word))


def test_lemmas_are_those_of_the_library(wordnet, monkeypatch):
    corpus = pytest.importorskip("nltk.corpus", reason="lemmas need NLTK")
    from nltk.stem import WordNetLemmatizer

    monkeypatch.setattr(corpus, "wordnet", wordnet._nouns)
    lemmatize = WordNetLemmatizer().lemmatize
    nouns = list(wordnet._nouns._lemma_pos_offset_map)[::20]
    words = [noun + ending for noun in nouns for ending in NOUN_ENDINGS]
    words += wordnet._nouns._exception_map["n"]
    assert [wordnet.lemma(word) for word in words] == [lemmatize(word) for word in words]


def test_words_of_shops(wordnet):
    words = "shoes watches wolves knives women dresses geese jewellery glasses children boxes"
    lemmas = "shoe watch wolf knife woman dress goose jewellery glass child box"
    assert [wordnet.lemma(word) for word in words.split()] == lemmas.split()


def test_from_a_folder(nouns, tmp_path):
    assert open_lemmatizer(put(tmp_path)).lemma("shoes") == "shoe"


def test_from_a_data_folder_of_nltk(nowhere, tmp_path):
    put(nowhere / "corpora" / "wordnet")
    assert open_lemmatizer(system=tmp_path / "none").lemma("knives") == "knife"


def test_from_the_zip_file_that_the_downloader_leaves(nowhere, tmp_path):
    put(tmp_path / "files")
    path = nowhere / "corpora" / "wordnet.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (tmp_path / "files").iterdir():
            archive.write(file, f"wordnet/{file.name}")
    path.chmod(0o644)
    assert open_lemmatizer(system=tmp_path / "none").lemma("knives") == "knife"


def test_from_the_system_where_nltk_has_none(nowhere, tmp_path):
    assert open_lemmatizer(system=put(tmp_path / "system")).lemma("knives") == "knife"


def test_no_wordnet_anywhere(nowhere, tmp_path):
    assert open_lemmatizer(system=tmp_path / "none") is None


def test_broken_download_counts_as_none(nowhere, tmp_path):
    path = nowhere / "corpora" / "wordnet.zip"
    path.write_bytes(b"PK\x03\x04 cut off")
    path.chmod(0o644)
    assert open_lemmatizer(system=tmp_path / "none") is None


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
def test_damaged_files_are_one_line(nouns, tmp_path, index, exceptions, says):
    with pytest.raises(EncoderError, match=says) as caught:
        open_lemmatizer(put(tmp_path, index, exceptions))
    assert "\n" not in str(caught.value)


def test_folder_without_wordnet_is_one_line(nouns, tmp_path):
    with pytest.raises(EncoderError, match=r"index\.noun cannot be read: No such file"):
        open_lemmatizer(tmp_path)
    put(tmp_path)
    (tmp_path / "noun.exc").write_bytes(b"\xff\xfe")
    with pytest.raises(EncoderError, match="holds no WordNet"):
        open_lemmatizer(tmp_path)
