from random import Random

import numpy as np
import pytest
from PIL import Image

from demo.catalogue import CATALOGUE
from demo.colours import COLOURS
from demo.drawings import untelling
from demo.formats import FORMATS, UNREADABLE
from demo.photos import Photo
from demo.shapes import disc, slab
from demo.sheet import Pose, Sheet

RED, BLUE = COLOURS["red"].rgb, COLOURS["blue"].rgb
DRAWINGS = [kind.draw for category in CATALOGUE for kind in category.kinds] + [
    untelling.shop_logo,
    untelling.parcel,
    untelling.no_photo,
    untelling.size_chart,
]


def drawn(draw, rgb=RED, seed=0):
    sheet = Sheet((96, 96), Pose((48, 48), 42))
    draw(sheet, rgb, Random(seed))
    return np.asarray(sheet.image())


@pytest.mark.parametrize("draw", DRAWINGS, ids=lambda draw: draw.__name__)
def test_drawing_is_whole_coloured_and_varied(draw):
    pictures = [drawn(draw, seed=seed) for seed in range(4)]
    for picture in pictures:
        alpha = picture[..., 3] > 127
        assert 0.02 < alpha.mean() < 0.9
        assert np.ptp(np.nonzero(alpha)[0]) > 30
        assert abs(np.argwhere(alpha).mean(axis=0) - 47.5).max() < 20
    assert any(not np.array_equal(pictures[0], other) for other in pictures[1:])
    assert not np.array_equal(pictures[0], drawn(draw, BLUE))
    assert np.array_equal(pictures[0], drawn(draw))


def test_fill_is_smooth_and_keeps_its_colour():
    sheet = Sheet((60, 60), Pose((30, 30), 30))
    sheet.fill(disc((0, 0), 0.8), RED)
    picture = np.asarray(sheet.image())
    assert tuple(picture[30, 30]) == (*RED, 255)
    assert tuple(picture[0, 0]) == (0, 0, 0, 0)
    edge = (picture[..., 3] > 0) & (picture[..., 3] < 255)
    assert edge.sum() > 40
    assert np.abs(picture[edge][:, :3].astype(int) - RED).max() < 30


def test_erased_area_shows_the_ground():
    sheet = Sheet((60, 60), Pose((30, 30), 30))
    sheet.fill(disc((0, 0), 0.8), RED)
    sheet.erase(disc((0, 0), 0.3))
    assert np.asarray(sheet.image())[30, 30, 3] == 0


def test_what_is_drawn_within_an_outline_stays_inside():
    sheet = Sheet((60, 60), Pose((30, 30), 30))
    with sheet.within(disc((0, 0), 0.5)):
        sheet.fill(slab((-1, -1), (1, 1)), RED)
    sheet.fill(slab((-1, -1), (-0.9, -0.9)), BLUE)
    picture = np.asarray(sheet.image())
    assert tuple(picture[30, 30]) == (*RED, 255)
    assert picture[5, 30, 3] == 0
    assert tuple(picture[1, 1]) == (*BLUE, 255)


@pytest.mark.parametrize(
    ("pose", "place"),
    [
        (Pose((30, 30), 30), (30, 50)),
        (Pose((30, 30), 30, turn=90), (50, 30)),
        (Pose((30, 30), 30, turn=180), (30, 10)),
        (Pose((30, 30), 30, flipped=True), (30, 10)),
        (Pose((20, 40), 15), (40, 30)),
    ],
)
def test_pose_moves_turns_and_flips(pose, place):
    sheet = Sheet((60, 60), pose)
    sheet.fill(disc((2 / 3, 0), 0.15), RED)
    opaque = np.argwhere(np.asarray(sheet.image())[..., 3] > 127)
    assert np.abs(opaque.mean(axis=0) - place).max() < 1


def test_photo_has_a_background_and_a_shadow_and_the_cut_out_has_none():
    photo = Photo(DRAWINGS[0], RED, "a seed")
    taken, cut = photo.take(), photo.cut_out()
    assert (taken.mode, cut.mode, taken.size) == ("RGB", "RGBA", cut.size)
    white = Image.new("RGBA", cut.size, "white")
    white.alpha_composite(cut)
    beside = np.asarray(cut)[..., 3] == 0
    difference = np.asarray(taken).astype(int) - np.asarray(white.convert("RGB"))
    assert (difference[beside] < -5).any()
    assert np.abs(difference[np.asarray(cut)[..., 3] == 255]).max() <= 1


def test_another_colour_leaves_the_pose_alone():
    first, second = (Photo(DRAWINGS[0], rgb, "a seed").cut_out() for rgb in (RED, BLUE))
    assert first.getchannel("A").tobytes() == second.getchannel("A").tobytes()
    assert first.tobytes() != second.tobytes()


@pytest.mark.parametrize("format_", [*FORMATS, *UNREADABLE])
def test_formats_repeat_themselves(format_):
    photo = Photo(DRAWINGS[0], RED, "a seed")
    assert format_.encode(photo) == format_.encode(photo)
