"""A module at work in a process of its own."""

from __future__ import annotations

from pages.parts.common.child import told_by


def test_lines_come_as_they_are_written() -> None:
    assert [line.strip() for line in told_by("json.tool", '{"a": 1}')] == ["{", '"a": 1', "}"]


def test_a_process_that_fails_or_is_too_late_says_nothing() -> None:
    assert list(told_by("json.tool", "no JSON")) == []
    assert list(told_by("no_such_module", "{}")) == []
    assert list(told_by("json.tool", "{}", limit_s=0.0)) == []
