import numpy as np

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
    width = [len(block.get_feature_names_out()) for block in features.blocks_.values()]
    assert rows.shape == (4, sum(width))
    first = rows[[0]].toarray()[0]
    np.testing.assert_allclose(np.linalg.norm(first[: width[0]]), 1, rtol=1e-5)


def test_the_title_is_the_first_text_that_is_there() -> None:
    features = TfidfFeatures().fit(TEXTS)
    titles = features.blocks_["title words"]
    assert "frying pan" in titles.get_feature_names_out()
    row = features.transform([("", "frying pan")])
    assert row[[0]].toarray()[0, titles.vocabulary_["frying pan"]] > 0


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
