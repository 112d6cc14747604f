"""Where the forms say that their values lie."""

import itertools

import pytest

import theory
from theory.domains import Integers

FORMS = [form for form in theory.catalogue() if form.subject == "residual_scaling" and form.lies_in]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_values_lie_in_the_stated_range(form):
    # Each parameter small, typical and large, where the others admit it.
    choices = []
    for item in form.parameters:
        low, high = item.domain.endpoints()
        low = item.typical[0] if isinstance(low, str) else max(low, 1e-6)
        high = item.typical[1] if isinstance(high, str) else min(high, 1e3)
        ends = [low, *item.typical, high]
        choices.append([int(one) if isinstance(item.domain, Integers) else one for one in ends])
    values = []
    for one in itertools.product(*choices):
        point = dict(zip(form.domain, one, strict=True))
        if all(domain.contains(point[name], point) for name, domain in form.domain.items()):
            values.append(form.value(**point))
    low, high = form.lies_in.endpoints()
    assert low - 1e-12 <= min(values)
    assert max(values) <= high + 1e-12
