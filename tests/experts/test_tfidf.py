import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from aisle.experts.terms import Pieces, Words
from aisle.experts.tfidf import TfidfFeatures

TEXTS = [
    ("red cotton shirt", "a shirt of cotton"),
    ("blue cotton shirt", "soft"),
    ("", "frying pan with lid"),
    ("frying pan", ""),
]


def test_blocks_stand_side_by_side_and_have_unit_length() -> None:
    features = TfidfFeatures().fit(TEXTS)
    rows = features.transform(TEXTS)
    width = [len(block.names) for block in features.blocks_.values()]
    assert rows.shape == (4, sum(width))
    first = rows[[0]].toarray()[0]
    np.testing.assert_allclose(np.linalg.norm(first[: width[0]]), 1, rtol=1e-5)


def test_the_title_is_the_first_text_that_is_there() -> None:
    features = TfidfFeatures().fit(TEXTS)
    titles = features.blocks_["title words"].names
    assert "frying pan" in titles
    row = features.transform([("", "frying pan")])
    assert row[[0]].toarray()[0, titles.index("frying pan")] > 0


def test_one_text_column_has_no_block_of_all_words() -> None:
    assert "words" not in TfidfFeatures().fit([("a b",), ("a c",)]).blocks_


def test_terms_of_one_product_are_kept_where_there_are_no_others() -> None:
    assert "unique" in TfidfFeatures().fit([("unique",), ("other",)]).terms


def test_terms_name_words_and_leave_pieces_empty() -> None:
    features = TfidfFeatures().fit(TEXTS)
    assert len(features.terms) == features.transform(TEXTS).shape[1]
    assert "cotton shirt" in features.terms
    assert "" in features.terms


def test_no_words_at_all_give_rows_of_zeros() -> None:
    features = TfidfFeatures().fit([("",), ("",)])
    assert features.transform([("",), ("word",)]).nnz == 0


def test_state_brings_back_the_same_features() -> None:
    features = TfidfFeatures().fit(TEXTS)
    again = TfidfFeatures.from_state(*features.state())
    new = [("red shirt of cotton", "pan"), ("", "")]
    np.testing.assert_allclose(again.transform(new).toarray(), features.transform(new).toarray())


KINDS = {"title words": Words, "title pieces": Pieces, "words": Words, "pieces": Pieces}
LETTERS = st.sampled_from("aabbcc  ab-_1é ΣİßÀ\n\t\x1c\u00a0日本😀")
FIELDS = st.tuples(st.text(LETTERS, max_size=30), st.text(LETTERS, max_size=60))


def by_scikit_learn(features: TfidfFeatures, texts: list[tuple[str, str]]) -> np.ndarray:
    """The same features by the library's own vectorizers."""
    parts = []
    for name, block in features.blocks_.items():
        vectorizer = TfidfVectorizer(
            dtype=np.float32,
            sublinear_tf=True,
            vocabulary={term: column for column, term in enumerate(block.names)},
            **KINDS[name].analysis,
        )
        vectorizer.idf_ = block.rarities
        titles = [next(filter(None, fields), "") for fields in texts]
        documents = titles if name.startswith("title") else ["\n".join(f) for f in texts]
        parts.append(vectorizer.transform(documents))
    return hstack(parts).toarray()


@given(st.lists(FIELDS, min_size=1, max_size=6), st.lists(FIELDS, max_size=4))
def test_features_are_those_of_scikit_learn(known: list, new: list) -> None:
    features = TfidfFeatures().fit([*known, ("ab abc", "bc a")])
    texts = [*known, *new]
    rows = features.transform(texts)
    assert rows.dtype == np.float32
    assert rows.has_sorted_indices
    np.testing.assert_allclose(rows.toarray(), by_scikit_learn(features, texts), atol=1e-6)


def test_answering_does_not_import_what_only_fitting_needs() -> None:
    code = """
import sys, numpy as np
from aisle.experts import calibration, kernel, linear, sampled, tfidf
tfidf.TfidfFeatures.from_state({"words": ["a"]}, {"words": np.ones(1)}).transform([("a", "a")])
print(*{"sklearn", "scipy.optimize", "scipy.stats", "pyarrow"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
