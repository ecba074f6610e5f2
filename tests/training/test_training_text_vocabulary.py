from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from training.text_bags import bags_of
from training.text_vocabulary import SPECIAL, make_tokenizer, pieces_of, spoken

PIECES = ["[PAD]", "[unused0]", "[UNK]", *"abcdefghijklmnopqrstuvwxyz", "the", "shoe", "भ"]
PIECES += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]


def teacher() -> Tokenizer:
    numbers = {piece: number for number, piece in enumerate(PIECES)}
    tokenizer = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]"])
    return tokenizer


def test_a_frequent_word_that_the_teacher_cuts_stays_whole() -> None:
    texts = ["Lycra shoe", "lycra kurta", "LYCRA"]
    tokenizer = make_tokenizer(teacher(), texts, size=1000, rare=3)
    assert tokenizer.encode("Lycra").tokens == ["lycra"]
    assert tokenizer.encode("kurta").tokens == ["k", "##u", "##r", "##t", "##a"]


def test_a_word_counts_once_a_text() -> None:
    tokenizer = make_tokenizer(teacher(), ["lycra lycra lycra"], size=1000, rare=2)
    assert len(tokenizer.encode("lycra").tokens) == 5


def test_only_so_many_pieces_and_the_useful_ones_first() -> None:
    letters = 2 * 26
    tokenizer = make_tokenizer(teacher(), ["shoe lycra"], size=letters + 2, rare=1)
    pieces = pieces_of(tokenizer)
    assert tuple(pieces[:2]) == SPECIAL
    assert len(pieces) == len(SPECIAL) + letters + 2
    assert {"lycra", "shoe"} < set(pieces)
    assert "the" not in pieces


def test_other_scripts_are_unknown() -> None:
    tokenizer = make_tokenizer(teacher(), ["भ भ shoe"], size=1000, rare=1)
    bags = bags_of(tokenizer, ["भ", "", "😀", "shoe 鞋"])
    assert bags.starts.tolist() == [0, 0, 0, 0, 1]


def test_a_continuing_piece_is_spoken_without_its_mark() -> None:
    assert spoken("##ing") == "ing"
    assert spoken("shoe") == "shoe"
