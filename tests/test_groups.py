"""Tests that share what a server has once, such as a role of one name, must meet in one process."""

import os

import pytest


@pytest.mark.xdist_group("groups")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
def test_a_group_of_tests_stays_in_one_process(request):
    # pytest-xdist writes the group behind the test's id; where it cannot, it spreads the group without a word.
    assert request.node.nodeid.endswith("@groups")
