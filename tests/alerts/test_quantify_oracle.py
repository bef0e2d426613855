"""Our estimators against those of QuaPy (BSD-3), which is a test oracle only: it imports slowly and starts workers.

Only its arithmetic is called (``solve_adjustment``, ``EM``), never its quantifiers, which run joblib on all cores.
"""

import numpy as np
import pytest

from alerts.quantify import emq, pacc

SIZES = (20, 100, 500)


@pytest.fixture(scope="module")
def oracle():
    from quapy.method import aggregative

    return aggregative


def samples(world, size):
    """Samples over the whole simplex, corners among them, where the best point lies on a face."""
    shares = [*world.rng.dirichlet(np.ones(3), size=8), *np.eye(3)]
    return [world.draw(size, tuple(share)) for share in shares]


@pytest.mark.parametrize("size", SIZES)
def test_pacc_is_quapys_to_a_thousandth(oracle, world, size):
    soft = np.array(world.calibration(100).soft)
    for scores in samples(world, size):
        theirs = oracle.ACC.solve_adjustment(soft, scores.mean(axis=0), method="inversion", solver="minimize")

        assert pacc(scores, soft) == pytest.approx(theirs, abs=1e-3)


@pytest.mark.parametrize("size", SIZES)
def test_emq_is_quapys_to_a_thousandth(oracle, world, size):
    trained_on = np.array([0.5, 0.3, 0.2])
    for scores in samples(world, size):
        theirs, _ = oracle.EMQ.EM(trained_on, scores, epsilon=1e-7)

        assert emq(scores, trained_on) == pytest.approx(theirs, abs=1e-3)
