"""A checkout that calls the API with its key, and a voucher to call about."""

import pytest
import time_machine

from tests.customercare.vouchers.checkout import Checkout, key_for
from tests.customercare.vouchers.kit import give
from tests.factories import NOW


@pytest.fixture
def at_noon():
    """The clock stands at the moment of the stories."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def checkout(store):
    return Checkout(key_for(store))


@pytest.fixture
def given(store):
    return give(store)
