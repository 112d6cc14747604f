import pytest

from theory import fisher, learning_rate


@pytest.mark.parametrize("depth", [1, 4, 20])
def test_the_printed_boundary_lacks_the_share_of_the_top_eigenvalue(depth):
    point = {"depth": depth, "width": 50}
    printed = learning_rate.boundary_resnet_printed.value(**point)
    bound = fisher.top_eigenvalue_upper_bound_resnet(**point)
    assert printed * bound == pytest.approx(2, rel=1e-13)
    sharp = learning_rate.largest_learning_rate_sharp_resnet(**point)
    assert printed / sharp == pytest.approx(fisher.top_eigenvalue_share(depth=depth), rel=1e-12)
