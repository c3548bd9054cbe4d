"""A predictor of one's own: what a table must bring, and what its fit says of itself."""

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.errors import FieldError
from cmn_core.predictor.custom import LEAST_NETWORKS, OwnPredictor, beyond, check_own, fit_own
from cmn_core.predictor.table import NEEDED, read_measured

B0 = SPACES["b0"]
DIGEST = "ab" * 32


def networks(count, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.integers(B0.lower, B0.upper + 1, (count, 8))
    rows[0], rows[1] = B0.upper, B0.lower
    return rows


def law(rows):
    return 40.0 + np.log2(rows[:, :4] * rows[:, 4:]).sum(axis=1) * 0.3


def text(rows, miou, extra=()):
    lines = [",".join([*NEEDED, "weight_bits", "output_sigma"])]
    lines += [",".join(map(str, [*r, y, "", ""])) for r, y in zip(rows.tolist(), miou, strict=True)]
    lines += [",".join(map(str, [*r, y, bits, sigma])) for r, y, bits, sigma in extra]
    return "\n".join(lines).encode()


def table(rows, miou, extra=()):
    return read_measured(text(rows, miou, extra), "mine", space="b0")


@pytest.fixture(scope="module")
def facts():
    rows = networks(80)
    noise = np.random.default_rng(1).normal(0.0, 0.05, 80)
    extra = [(r, law(r[None])[0] - 1.0, 4, "") for r in rows[:20]]
    extra += [(r, law(r[None])[0] - 90.0 * s * s, "", s) for r in rows[:20] for s in (0.05, 0.1)]
    return fit_own(table(rows, law(rows) + noise, extra), DIGEST)


def test_it_ranks_networks_that_it_has_not_seen(facts):
    own = OwnPredictor(B0, facts)
    rows = networks(300, seed=9)
    found = own.predict(rows[:, :4], rows[:, 4:])
    assert np.abs(found.miou - law(rows)).mean() < 0.25
    assert own.quality["kendall_tau"] > 0.8
    assert own.provenance == {"digest": DIGEST, "subnets": 80}


def test_its_source_says_whose_it_is_and_how_good(facts):
    source = OwnPredictor(B0, facts).source
    assert "80 networks of an own table, SHA-256 abababababab" in source
    q = facts["quality"]
    assert f"mean error {q['mean_error']:.2f} points" in source
    assert f"Kendall tau {q['kendall_tau']:.2f}" in source


def test_rows_of_few_bits_and_output_errors_count_too(facts):
    own = OwnPredictor(B0, facts)
    e, h = [2, 2, 2, 2], [64, 128, 320, 512]
    plain = own.predict(e, h).miou
    assert own.predict(e, h, weight_bits=4).miou == pytest.approx(plain - 1.0, abs=0.2)
    assert own.output_loss.slope == pytest.approx(90.0, rel=0.2)


def test_a_network_measured_twice_counts_once_with_its_mean():
    rows = np.concatenate([networks(LEAST_NETWORKS), networks(2)[:1]])
    miou = [*np.linspace(10, 12, LEAST_NETWORKS), 14.0]
    means = check_own(table(rows, miou))
    assert len(means) == LEAST_NETWORKS
    assert max(means.values()) == pytest.approx(12.0)
    assert 12.0 in means.values()  # 10 and 14


@pytest.mark.parametrize(
    ("rows", "miou", "said"),
    [
        (networks(20), law(networks(20)), "found 20 different networks; at least 60 are needed"),
        (networks(70), np.full(70, 30.0), "0 points of mIoU apart; at least 0.2 are needed"),
    ],
)
def test_too_small_or_too_flat_is_one_sentence(rows, miou, said):
    with pytest.raises(FieldError) as refused:
        fit_own(table(rows, miou), DIGEST)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_noise_alone_is_refused_once_the_fit_has_seen_that():
    noise = np.random.default_rng(3).normal(30.0, 1.0, 70)
    with pytest.raises(FieldError, match=r"Kendall tau -?0\.\d\d between predicted and measured"):
        fit_own(table(networks(70), noise), DIGEST)


def test_a_table_of_one_corner_says_where_it_ends(facts):
    assert beyond(B0, facts["reach"]) == ""
    reach = {"low": [2, 2, 2, 2, 16, 16, 16, 16], "high": [4, 4, 4, 4, 64, 64, 64, 64]}
    assert "2–4 2–4 2–4 2–4 experts" in beyond(B0, reach)
    assert "extrapolated" in beyond(B0, reach)


def test_the_same_table_gives_the_same_fit():
    rows = networks(60)
    a, b = (fit_own(table(rows, law(rows)), DIGEST) for _ in range(2))
    assert a == b
