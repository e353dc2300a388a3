"""Istio's patterns of names: what a star in a policy stands for."""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether Istio's pattern matches (StringMatcherWithPrefix): a star counts at one end only."""
    if pattern == "*":
        return bool(text)
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def glob_matches(pattern: str, text: str) -> bool:
    """Whether a pattern whose stars stand for any text matches (srcNamespaceGenerator), in linear time."""
    first, *middle, last = pattern.split("*")
    at = len(first)
    for part in middle:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return text.startswith(first) and text.endswith(last) and at + len(last) <= len(text)
