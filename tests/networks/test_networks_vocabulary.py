import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from aisle.networks import vocabulary as vocabulary_module
from aisle.networks.lemmas import SYSTEM_FOLDER, open_lemmatizer
from aisle.networks.vocabulary import Vocabulary

TEXTS = [
    "Women's Shoes, the best SHOES for women; 2 pairs of glasses",
    "A knife and knives, us boss: jewellery & dress",
    "Red shoe. Steel glass; watches and a watch of the vivo",
]
ENDINGS = ["", "s", "es", "ses", "ves", "xes", "zes", "ches", "shes", "men", "ies", "'s", "-", "̈"]


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setattr(vocabulary_module, "open_lemmatizer", lambda folder: None)
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
