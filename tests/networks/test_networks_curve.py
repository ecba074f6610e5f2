import numpy as np
import pytest

from aisle.summary import Epoch, TrainingCurve


def curve(*losses):
    epochs = [Epoch(2.5, 0.5, loss, 0.25, 0.125, 1.5) for loss in losses]
    return TrainingCurve(tuple(epochs), "cpu", "a note")


@pytest.mark.parametrize(("losses", "best"), [((3, 1, 2), 1), ((3, 1, 1), 1), ((1,), 0)])
def test_the_best_epoch_is_the_first_of_the_least_validation_loss(losses, best):
    assert curve(*losses).best == best


def test_seconds_are_those_of_all_epochs():
    assert curve(3, 2, 1).seconds == 4.5


def test_an_array_brings_back_the_curve():
    one = curve(3, 2)
    array = one.to_array()
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array[1], [2.5, 0.5, 2, 0.25, 0.125, 1.5])
    assert TrainingCurve.from_array(array, "cpu", "a note") == one
    assert TrainingCurve.from_array(array, "cuda").note == ""
