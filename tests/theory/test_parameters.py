import copy
import pickle

import pytest

from theory.domains import Integers, Reals
from theory.parameters import Parameter


def parameter(domain):
    return Parameter("size", "n", domain, "size n", (1, 2))


@pytest.mark.parametrize(
    ("domain", "integer", "positive", "nonnegative"),
    [
        (Integers(1), True, True, True),
        (Integers(2, "depth"), True, True, True),
        (Integers(0), True, None, True),
        (Integers(-3), True, None, None),
        (Integers("depth"), True, None, None),
        (Reals(0, low_open=True), None, True, True),
        (Reals(1), None, True, True),
        (Reals(0, 1), None, None, True),
        (Reals(-2), None, None, None),
        (Reals(), None, None, None),
    ],
)
def test_what_is_known_of_a_symbol_follows_from_the_domain(domain, integer, positive, nonnegative):
    symbol = parameter(domain).symbol
    assert symbol.name == "n"
    assert symbol.is_real
    assert symbol.is_integer is integer
    assert symbol.is_positive is positive
    assert symbol.is_nonnegative is nonnegative


def test_a_narrowed_parameter_keeps_its_symbol():
    whole = parameter(Integers(0))
    part = whole.narrowed(Integers(3, 9), meaning="size of the few", typical=(3, 4))
    assert part.symbol is whole.symbol
    assert part.symbol.is_positive is None
    assert (part.domain, part.meaning, part.typical) == (Integers(3, 9), "size of the few", (3, 4))
    assert whole.narrowed(Integers(3)).meaning == whole.meaning
    for twin in (pickle.loads(pickle.dumps(part)), copy.deepcopy(part)):
        assert twin == part
        assert twin.symbol == whole.symbol
