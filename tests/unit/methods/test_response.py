"""What the response model must learn, and what it must not pretend to know."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.linalg import LinAlgError

from workers.methods.designs import Level
from workers.methods.response import Array, Belief, Posterior, Quantity, Rows, calibrated, expand, fit

REACH = Quantity(
    "reach", (("format", 0.5), ("topic", 0.4), ("hour", 0.4), ("segment", 0.4), ("segment:topic", 0.3)), 5.0, 1.0, 4.0
)
NO_ROWS = Rows((), np.zeros(0), np.zeros(0), np.zeros(0))


def levels(**of: Any) -> tuple[Level, ...]:
    told: dict[str, Any] = dict.fromkeys(("topic", "format", "appeal", "segment", "hour", "paid")) | of
    return expand(channel="net", **told)


def rows(*told: tuple[tuple[Level, ...], float, float, float]) -> Rows:
    """Rows of (levels, posts, exposure, total)."""
    return Rows(
        tuple(one[0] for one in told),
        np.array([one[2] for one in told]),
        np.array([one[3] for one in told]),
        np.array([one[1] for one in told]),
    )


def rates(posterior: Posterior, **of: Any) -> Array:
    """Drawn rates of a post with these traits."""
    return np.asarray(posterior.rates([levels(**of)])[0][0])


def multiplier(posterior: Posterior, **of: Any) -> Array:
    """Drawn rates of the traits relative to a post of which nothing is known."""
    return rates(posterior, **of) / rates(posterior)


def width(draws: Array) -> float:
    low, high = np.quantile(np.log(draws), (0.05, 0.95))
    return float(high - low)


def variances(posterior: Posterior) -> Array:
    """Of every effect, by what standard normal noise makes of it."""
    noise = np.eye(len(posterior.mean))
    return np.asarray(((posterior.effects(noise) - posterior.mean[:, None]) ** 2).sum(axis=1))


def planted(posts: int, seed: int = 1) -> tuple[Rows, dict[str, float], dict[str, float]]:
    formats = {"photo": 1.6, "video": 1.0, "text": 0.5}
    topics = {"grammar": 0.7, "travel": 1.4}
    rng = np.random.Generator(np.random.PCG64(seed))
    told = []
    for (form, first), (topic, second) in product(formats.items(), topics.items()):
        mean = 150.0 * first * second
        counts = rng.negative_binomial(4.0, 4.0 / (4.0 + mean), posts)
        told.append((levels(format=form, topic=topic), float(posts), float(posts), float(counts.sum())))
    return rows(*told), formats, topics


def test_planted_multipliers_are_recovered_within_their_intervals() -> None:
    seen, formats, topics = planted(60)
    posterior = fit(REACH, seen, (), ())
    for factor, truths in (("format", formats), ("topic", topics)):
        for one, other in product(truths, truths):
            if one == other:
                continue
            ratio = multiplier(posterior, **{factor: one}) / multiplier(posterior, **{factor: other})
            assert float(np.median(ratio)) == pytest.approx(truths[one] / truths[other], rel=0.2)
            low, high = np.quantile(ratio, (0.005, 0.995))
            assert low * 0.95 <= truths[one] / truths[other] <= high * 1.05


def test_a_level_that_was_never_seen_is_expected_to_be_ordinary_and_is_uncertain() -> None:
    seen, _, _ = planted(60)
    posterior = fit(REACH, seen, (), [("format", "poem")])
    draws = multiplier(posterior, format="poem")
    assert float(draws.mean()) == pytest.approx(1.0, abs=0.2)
    assert width(draws) > 3 * width(multiplier(posterior, format="photo") / multiplier(posterior, format="video"))


def test_ignorance_earns_no_bonus() -> None:
    """However wide the prior, the expected multiplier of an unknown level stays what was believed of it."""
    for sd in (0.1, 0.5, 1.0):
        quantity = Quantity("reach", (("format", sd),), 5.0, 0.5, 4.0)
        for believed in (0.0, math.log(2.0)):
            posterior = fit(quantity, NO_ROWS, [Belief(("format", "poem"), believed, sd)], ())
            column = posterior.columns["format", "poem"]
            variance = variances(posterior)[column]
            assert posterior.mean[column] + variance / 2 == pytest.approx(believed, abs=1e-9)


def test_a_sparse_level_shrinks_towards_its_factor_and_a_dense_one_does_not() -> None:
    def triple(posts: float) -> float:
        seen = rows(
            (levels(format="photo"), 100.0, 100.0, 10_000.0),
            (levels(format="video"), 100.0, 100.0, 10_000.0),
            (levels(format="text"), posts, posts, posts * 300.0),
        )
        posterior = fit(REACH, seen, (), ())
        ratio = multiplier(posterior, format="text") / multiplier(posterior, format="photo")
        return float(np.median(ratio))

    assert 1.0 < triple(1) < triple(5) < triple(100)
    assert triple(1) < 2.3
    assert triple(100) == pytest.approx(3.0, rel=0.1)


def test_a_neighboring_hour_learns_more_than_a_distant_one() -> None:
    seen = rows(*((levels(hour=hour), 40.0, 40.0, 40.0 * (400.0 if hour == 20 else 100.0)) for hour in (4, 8, 12, 20)))
    posterior = fit(REACH, seen, (), ())
    at = {hour: float(np.median(multiplier(posterior, hour=hour))) for hour in (19, 20, 21, 23, 6)}
    assert at[20] > at[21] > at[23]
    assert at[20] > at[19] > at[6]
    assert width(multiplier(posterior, hour=21)) < width(multiplier(posterior, hour=0))


def test_midnight_is_a_neighbor_of_eleven_at_night() -> None:
    seen = rows(*((levels(hour=hour), 40.0, 40.0, 40.0 * (400.0 if hour == 23 else 100.0)) for hour in (6, 12, 18, 23)))
    posterior = fit(REACH, seen, (), ())
    assert float(np.median(multiplier(posterior, hour=0))) > 1.5 * float(np.median(multiplier(posterior, hour=15)))


def test_a_missing_trait_is_no_level() -> None:
    assert levels() == (("channel", "net"),)
    assert ("format", "None") not in levels(topic="grammar", segment="workers")
    known = fit(REACH, rows((levels(topic="grammar"), 50.0, 50.0, 5000.0)), (), [("format", "photo")])
    assert not any("None" in level[1] or level[1] == "" for level in known.columns)
    assert width(multiplier(known, format="photo")) > 1.0


def test_an_unpaid_post_is_an_ordinary_one_and_midnight_is_an_hour() -> None:
    assert levels(paid=False) == levels()
    assert ("paid", "yes") in levels(paid=True)
    assert ("hour", "0") in levels(hour=0)


def test_a_level_nobody_has_heard_of_changes_nothing() -> None:
    posterior = fit(REACH, planted(10)[0], (), ())
    assert np.array_equal(rates(posterior, format="hologram"), rates(posterior))


def test_without_rows_the_prior_stands() -> None:
    belief = Belief(("format", "photo"), math.log(1.5), 0.2)
    posterior = fit(REACH, NO_ROWS, [belief], [("format", "video")])
    assert posterior.dispersion == REACH.dispersion
    variance = variances(posterior)
    photo, video = posterior.columns["format", "photo"], posterior.columns["format", "video"]
    assert float(variance[photo]) == pytest.approx(0.2**2)
    assert float(variance[video]) == pytest.approx(0.5**2)
    assert posterior.mean[photo] == pytest.approx(math.log(1.5) - 0.02)
    assert float(variance[0]) == pytest.approx(REACH.intercept_sd**2)


def test_what_the_prior_expects_of_a_post_is_its_stated_mean() -> None:
    """The intercept too: `exp(intercept)` is the expected count of an average post, not its median."""
    posterior = fit(REACH, NO_ROWS, (), ())
    assert posterior.mean[0] + 0.5 * REACH.intercept_sd**2 == pytest.approx(REACH.intercept)


def test_the_same_posts_give_the_same_posterior() -> None:
    first, second = (fit(REACH, planted(20)[0], (), [("format", "poem")]) for _ in range(2))
    assert np.array_equal(first.mean, second.mean)
    assert np.array_equal(first.draws, second.draws)
    assert first.dispersion == second.dispersion


def test_the_order_of_the_rows_does_not_matter() -> None:
    seen, _, _ = planted(20)
    turned = Rows(seen.levels[::-1], seen.exposure[::-1], seen.total[::-1], seen.posts[::-1])
    assert fit(REACH, turned, (), ()).mean == pytest.approx(fit(REACH, seen, (), ()).mean, abs=1e-6)


def test_the_draws_are_centered_on_the_mean_and_quantities_draw_apart() -> None:
    seen, _, _ = planted(20)
    reach = fit(REACH, seen, (), ())
    other = fit(Quantity("engagement", REACH.factors, 5.0, 1.0, 4.0), seen, (), ())
    assert reach.draws.mean(axis=1) == pytest.approx(reach.mean, abs=1e-9)
    assert not np.array_equal(reach.draws, other.draws)


def test_exposure_completes_young_posts() -> None:
    """Half seen and half counted is as good a rate as all of it."""
    half = fit(REACH, rows((levels(format="photo"), 50.0, 25.0, 2500.0)), (), ())
    whole = fit(REACH, rows((levels(format="photo"), 50.0, 50.0, 5000.0)), (), ())
    told = float(rates(half, format="photo").mean()), float(rates(whole, format="photo").mean())
    assert told[0] == pytest.approx(told[1], rel=0.02)


def test_dispersion_is_learned_from_scattered_counts() -> None:
    rng = np.random.Generator(np.random.PCG64(9))

    def learned(k: float) -> float:
        counts = rng.negative_binomial(k, k / (k + 100.0), 150)
        return fit(REACH, rows(*((levels(), 1.0, 1.0, float(count)) for count in counts)), (), ()).dispersion

    wild, calm = learned(0.7), learned(15.0)
    assert wild == pytest.approx(0.7, rel=0.5)
    assert calm > 6.0


def test_one_wild_post_does_not_carry_the_rest_away() -> None:
    calm = [(levels(format="photo"), 1.0, 1.0, 100.0)] * 30
    wild = [*calm, (levels(format="photo"), 1.0, 1.0, 1e6)]
    rate = rates(fit(REACH, rows(*wild), (), ()), format="photo")
    assert 90.0 < float(np.median(rate)) < 300.0


def test_an_average_asks_about_one_level_with_everything_else_as_it_usually_is() -> None:
    seen, formats, _ = planted(60)
    posterior = fit(REACH, seen, (), ())
    asked = [("format", name) for name in formats]
    drawn = posterior.average(seen.levels, seen.posts, asked).mean(axis=1)
    assert drawn[0] > drawn[1] > drawn[2]
    assert drawn[0] / drawn[2] == pytest.approx(formats["photo"] / formats["text"], rel=0.25)


def test_the_expectation_of_a_rate_is_what_very_many_draws_average_to() -> None:
    posterior = fit(REACH, planted(5)[0], (), [("format", "poem")])
    asked = [levels(format="poem"), levels(format="photo", topic="travel"), levels(hour=3)]
    _, expected = posterior.rates(asked)
    noise = np.random.Generator(np.random.PCG64(2)).standard_normal((len(posterior.mean), 40_000))
    drawn = np.exp(posterior.matrix(asked) @ posterior.effects(noise))
    assert expected == pytest.approx(drawn.mean(axis=1), rel=0.06)


def test_calibrated_draws_average_to_exactly_what_is_expected() -> None:
    draws = np.random.Generator(np.random.PCG64(2)).gamma(0.5, 1.0, (3, 96))
    expected = np.array([0.1, 1.0, 200.0])
    scaled = calibrated(draws, expected)
    assert scaled.mean(axis=1) == pytest.approx(expected)
    assert (scaled / draws).std(axis=1) == pytest.approx(0.0, abs=1e-9)


def test_levels_that_no_post_had_change_nothing_of_the_others_and_keep_their_prior() -> None:
    """Leaving them out of the algebra is exact: each has its own column, and no row tells of it."""
    seen, _, _ = planted(20)
    alone = fit(REACH, seen, (), ())
    crowd = [("segment:topic", f"group {g}:topic {t}") for g in range(5) for t in range(30)]
    among = fit(REACH, seen, [Belief(crowd[0], 0.7, 0.1)], crowd)
    assert len(among.told) == len(alone.told)
    asked = [levels(format="photo", topic="travel"), levels(hour=7)]
    assert among.rates(asked)[1] == pytest.approx(alone.rates(asked)[1], rel=1e-9)
    own = [among.columns[level] for level in crowd]
    assert variances(among)[own] == pytest.approx([0.1**2, *[0.3**2] * (len(crowd) - 1)])
    assert among.mean[own[0]] == pytest.approx(0.7 - 0.1**2 / 2)
    whole = [levels(segment="group 1", topic="travel")]
    assert float(among.rates(whole)[1][0]) == pytest.approx(
        float(np.exp(among.matrix(whole) @ among.effects(np.random.Generator(np.random.PCG64(3)).standard_normal(
            (len(among.mean), 20_000)))).mean()), rel=0.05
    )  # fmt: skip


def test_priors_that_contradict_each_other_are_refused() -> None:
    sure = [Belief(("hour", str(hour)), 0.0, 0.0) for hour in range(24)]
    with pytest.raises(LinAlgError):
        fit(REACH, NO_ROWS, sure, [])
