"""Our named tuples behave like those of `typing.NamedTuple`."""

from __future__ import annotations

import typing

import pytest

from kubectl_kfaccess import named_tuple


def point(base: typing.Any) -> typing.Any:
    """Return a class with a field, a field with a default, a property, methods and its own repr."""

    class Point(base):  # type: ignore[misc] # the base is a parameter of the test
        """A place."""

        left: int
        top: int = 2

        @property
        def area(self) -> int:
            return self.left * self.top

        def moved(self, by: int) -> Point:
            return self._replace(left=self.left + by)

        @classmethod
        def origin(cls) -> Point:
            return cls(0, 0)

        def __repr__(self) -> str:
            return f"<{self.left}|{self.top}>"

    return Point


OURS, STANDARD = point(named_tuple.NamedTuple), point(typing.NamedTuple)


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda made: tuple(made(3)), id="defaults"),
        pytest.param(lambda made: made(3, top=4).area, id="properties"),
        pytest.param(lambda made: repr(made(3).moved(1)), id="methods"),
        pytest.param(lambda made: tuple(made.origin()), id="methods of the class"),
        pytest.param(lambda made: made._fields, id="fields"),
        pytest.param(lambda made: made(3)._asdict(), id="as a dictionary"),
        pytest.param(lambda made: (made.__name__, made.__doc__, made.__module__), id="names"),
        pytest.param(lambda made: hash(made(3)) == hash((3, 2)), id="hashes"),
    ],
)
def test_a_named_tuple_behaves_like_the_standard_one(look: typing.Callable[[typing.Any], object]) -> None:
    """For everything that the program uses."""
    assert look(STANDARD) == look(OURS)


def test_a_named_tuple_is_frozen() -> None:
    """A field without a default is required."""
    with pytest.raises(AttributeError):
        OURS(3).left = 4
    with pytest.raises(TypeError):
        OURS()
