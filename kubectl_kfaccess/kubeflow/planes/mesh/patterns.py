"""Istio's name patterns: what a star in a policy matches."""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether *pattern* matches (StringMatcherWithPrefix): a star counts only at one end."""
    if pattern == "*":
        return bool(text)
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def glob_matches(pattern: str, text: str) -> bool:
    """Whether *pattern*, in which each star stands for any text, matches (srcNamespaceGenerator)."""
    # Like a regular expression with `.*` for each star, but always in linear time
    first, *middle, last = pattern.split("*")
    end = len(first)
    for part in middle:
        start = text.find(part, end)
        if start < 0:
            return False
        end = start + len(part)
    return text.startswith(first) and text.endswith(last) and end + len(last) <= len(text)
