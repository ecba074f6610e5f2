import io
import re
from html.parser import HTMLParser

import pytest
from PIL import Image
from stand_in import MUGS, SHIRTS, SHOES, StandIn, product, products

from aisle.errors import OutputError
from aisle.evaluation.evaluate import evaluate
from aisle.evaluation.report import LARGEST_TABLE, matrix_of, write_report
from aisle.schema import Product

HOSTILE = "</p><script>alert(1)</script><img src='https://evil.example/x.png'>"
VOID = {"meta", "img", "line", "polyline", "br", "link"}


class Outline(HTMLParser):
    """Collects tags and finds those that are not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.links, self.text = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


class Pictures(StandIn):
    """A stand-in that reads texts only, so that pictures can be real ones."""

    def seen(self, item):
        return Product(item.id, item.texts)


def png():
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(buffer, "PNG")
    return buffer.getvalue()


def rows():
    return products(
        [
            *(product(f"g{i}", SHIRTS, "0.9 0.1 0") for i in range(6)),
            Product("label", (f"0.98 0.01 0.01 {HOSTILE}",), (png(),), SHOES),
            Product("mistake", ("0.7 0.2 0.1 mug",), (b"broken",), (*MUGS, HOSTILE)),
            product("plain", MUGS, "0.6 0.1 0.3 'quoted'"),
            product("silent", MUGS),
            product("none", None, "1 0 0"),
        ]
    )


def written(tmp_path, model=None, items=None):
    model, items = model or Pictures(), items or rows()
    path = tmp_path / "report.html"
    write_report(evaluate(model, items), model, items, path)
    page = path.read_text("utf-8")
    outline = Outline()
    outline.feed(page)
    assert not outline.open
    return page, outline


def test_the_page_asks_for_nothing_from_outside(tmp_path):
    page, outline = written(tmp_path)
    assert all(link.startswith(("#", "data:image/jpeg;base64,")) for link in outline.links)
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_product_text_cannot_become_markup(tmp_path):
    page, outline = written(tmp_path)
    assert "script" not in outline.seen
    assert "<i>near" not in page
    assert "<b>a</b>" not in page
    assert "alert(1)" in "".join(outline.text)


def test_pictures_of_findings_are_inside_and_broken_ones_are_said(tmp_path):
    _, outline = written(tmp_path)
    assert len([link for link in outline.links if link.startswith("data:image/jpeg")]) == 1
    assert "no picture" in "".join(outline.text)


def test_doubted_labels_are_not_shown_among_the_mistakes(tmp_path):
    page, _ = written(tmp_path)
    labels, mistakes = re.split(r'<section id="mistakes"', page)
    assert '<p class="id">label</p>' in labels
    assert '<p class="id">label</p>' not in mistakes
    assert '<p class="id">plain</p>' in mistakes


def test_the_words_on_top_are_the_figures(tmp_path):
    _, outline = written(tmp_path)
    text = " ".join("".join(outline.text).split())
    assert "Of 100 products, 70 are assigned automatically, and 85.7 % of these are right." in text
    assert "1 of them without any text or picture" in text


def test_where_nothing_is_promised_all_goes_to_review(tmp_path):
    _, outline = written(tmp_path, Pictures(threshold=2.0))
    assert "All products go to review" in "".join(outline.text)


def test_all_right_and_one_view_only_is_a_page_too(tmp_path):
    items = products([product(str(i), SHIRTS, "0.9 0.1 0") for i in range(3)])
    _, outline = written(tmp_path, items=items)
    text = "".join(outline.text)
    assert "No label looks wrong." in text
    assert "No prediction is wrong" in text


def test_many_categories_fold_their_table_and_have_no_matrix(tmp_path):
    many = [product(str(i), (f"New {i}",), "0.9 0.1 0") for i in range(LARGEST_TABLE + 5)]
    items = products([*many, product("a", SHIRTS, "0.9 0.1 0")])
    page, _ = written(tmp_path, items=items)
    assert 'class="matrix"' not in page
    assert "All 31 categories" in page


def test_matrix_rows_add_up_to_the_products():
    evaluation = evaluate(Pictures(), rows())
    matrix = matrix_of(evaluation)
    sums = dict(zip(matrix.categories, map(sum, matrix.counts), strict=True))
    assert sums[SHIRTS] == 6
    assert sums[MUGS] == 2
    assert matrix.width == len(matrix.categories) + 1


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    model, items = Pictures(), rows()
    with pytest.raises(OutputError):
        write_report(evaluate(model, items), model, items, tmp_path)
