"""Names become part of ids, and ids of ids: the longest that a brief may give are lived with."""

from __future__ import annotations

from datetime import timedelta

from events.execution import PostPublished
from events.strategy import StrategyChosen
from tests.simulation.loop import START, Site, brief
from workers.runtime.operating import Operator


def test_names_as_long_as_a_brief_may_give_them_are_lived_with() -> None:
    segment, topic, account = "s" * 80, "t" * 80, "a" * 200
    told = brief(history=None)
    group = told.segments[0].model_copy(update={"name": segment, "interests": {}})
    use = told.accounts[0].model_copy(update={"account": account})
    site = Site(past=(), brief=told.model_copy(update={"segments": (group,), "topics": (topic,), "accounts": (use,)}))
    site.content = tuple(piece.model_copy(update={"topic": topic}) for piece in site.content)
    runtime = site.start()
    runtime.advance_to(START + timedelta(days=3))
    assert site.facts(StrategyChosen)[0].topic == topic
    assert site.facts(PostPublished)
    assert not Operator(runtime.shell).set_aside()
