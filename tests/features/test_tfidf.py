import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from aisle.features.tfidf import TfidfFeaturizer
from aisle.schema import Product


def products(texts: list[tuple[str, ...]]) -> list[Product]:
    return [Product(str(row), fields) for row, fields in enumerate(texts)]


def fitted(texts: list[tuple[str, ...]]) -> TfidfFeaturizer:
    return TfidfFeaturizer().fit(products(texts), 2)


def rows_of(featurizer: TfidfFeaturizer, texts: list[tuple[str, ...]]) -> csr_array:
    return featurizer.transform(products(texts)).evidence.features


TEXTS = [
    ("red cotton shirt", "a shirt of cotton"),
    ("blue cotton shirt", "soft"),
    ("", "frying pan with lid"),
    ("frying pan", ""),
]


def test_blocks_stand_side_by_side_and_have_unit_length() -> None:
    features = fitted(TEXTS)
    rows = rows_of(features, TEXTS)
    width = [len(block.names) for block in features.blocks_.values()]
    assert rows.shape == (4, sum(width))
    first = rows[[0]].toarray()[0]
    np.testing.assert_allclose(np.linalg.norm(first[: width[0]]), 1, rtol=1e-5)


def test_the_title_is_the_first_text_that_is_there() -> None:
    features = fitted(TEXTS)
    titles = features.blocks_["title words"].names
    assert "frying pan" in titles
    row = rows_of(features, [("", "frying pan")])
    assert row[[0]].toarray()[0, titles.index("frying pan")] > 0


def test_one_text_column_has_no_block_of_all_words() -> None:
    assert "words" not in fitted([("a b",), ("a c",)]).blocks_


def test_terms_of_one_product_are_kept_where_there_are_no_others() -> None:
    assert "unique" in fitted([("unique",), ("other",)]).feature_names


def test_terms_name_words_and_leave_ngrams_empty() -> None:
    features = fitted(TEXTS)
    assert len(features.feature_names) == rows_of(features, TEXTS).shape[1]
    assert "cotton shirt" in features.feature_names
    assert "" in features.feature_names


def test_no_words_at_all_give_rows_of_zeros() -> None:
    features = fitted([("",), ("",)])
    assert rows_of(features, [("",), ("word",)]).nnz == 0


def test_state_brings_back_the_same_features() -> None:
    features = fitted(TEXTS)
    again = TfidfFeaturizer.from_state(features.state())
    new = [("red shirt of cotton", "pan"), ("", "")]
    np.testing.assert_allclose(rows_of(again, new).toarray(), rows_of(features, new).toarray())


WORDS = {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}
NGRAMS = {"analyzer": "char_wb", "ngram_range": (3, 5)}
LETTERS = st.sampled_from("aabbcc  ab-_1é ΣİßÀ\n\t\x1c\u00a0日本😀")
FIELDS = st.tuples(st.text(LETTERS, max_size=30), st.text(LETTERS, max_size=60))


def by_scikit_learn(features: TfidfFeaturizer, texts: list[tuple[str, str]]) -> np.ndarray:
    """The same features by the library's own vectorizers."""
    parts = []
    idf = features.state().arrays
    for name, block in features.blocks_.items():
        vectorizer = TfidfVectorizer(
            dtype=np.float32,
            sublinear_tf=True,
            vocabulary={term: column for column, term in enumerate(block.names)},
            **(NGRAMS if name.endswith("ngrams") else WORDS),
        )
        vectorizer.idf_ = idf[name]
        titles = [next(filter(None, fields), "") for fields in texts]
        documents = titles if name.startswith("title") else ["\n".join(f) for f in texts]
        parts.append(vectorizer.transform(documents))
    return hstack(parts).toarray()


@given(st.lists(FIELDS, min_size=1, max_size=6), st.lists(FIELDS, max_size=4))
def test_features_are_those_of_scikit_learn(known: list, new: list) -> None:
    features = fitted([*known, ("ab abc", "bc a")])
    first = TfidfFeaturizer().fit_transform(products([*known, ("ab abc", "bc a")]), 2)
    np.testing.assert_array_equal(
        first.evidence.features.toarray(), rows_of(features, [*known, ("ab abc", "bc a")]).toarray()
    )
    texts = [*known, *new]
    rows = rows_of(features, texts)
    assert rows.dtype == np.float32
    assert rows.has_sorted_indices
    np.testing.assert_allclose(rows.toarray(), by_scikit_learn(features, texts), atol=1e-6)


def learned_by_scikit_learn(documents: list[str], analysis: dict, least: int) -> dict[str, float]:
    vectorizer = TfidfVectorizer(dtype=np.float32, sublinear_tf=True, min_df=least, **analysis)
    vectorizer.fit(documents)
    return dict(zip(vectorizer.get_feature_names_out(), vectorizer.idf_.tolist(), strict=True))


@given(st.lists(FIELDS, min_size=1, max_size=6))
def test_terms_are_learned_as_scikit_learn_does(known: list) -> None:
    texts = [*known, ("ab abc", "bc a"), ("ab abc", "bc a")]
    state = fitted(texts).state()
    titles = [next(filter(None, fields), "") for fields in texts]
    everything = ["\n".join(fields) for fields in texts]
    for name, terms in state.terms.items():
        documents = titles if name.startswith("title") else everything
        analysis = NGRAMS if name.endswith("ngrams") else WORDS
        least = 1 if name.startswith("title") else 2
        expected = learned_by_scikit_learn(documents, analysis, least)
        assert terms == sorted(expected)
        assert state.arrays[name].tolist() == pytest.approx([expected[term] for term in terms])


def test_the_most_frequent_terms_are_kept() -> None:
    texts = [("a b",), ("a b",), ("a c",)]
    state = TfidfFeaturizer(max_features=4).fit(products(texts), 2).state()
    assert state.terms["title words"] == ["a", "b"]


def test_answering_does_not_import_what_only_fitting_needs() -> None:
    code = """
import sys
import aisle.fitted_model, aisle.model_folder.model
print(*{"sklearn", "scipy.optimize", "scipy.stats"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
