"""Where the stories of the screens begin: on Saturday at noon, with one incident over three late orders."""

from typing import Any

import pytest
import time_machine

from backoffice.kernel.models import Store
from customercare.incidents.models import Incident
from tests.conftest import Cast
from tests.customercare.incidents.kit import allow, make_incident, make_late_orders
from tests.factories import NOW


@pytest.fixture
def saturday_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def incident(store: Store, cast: Cast) -> Incident:
    make_late_orders(store, 3)
    allow(cast.admin)
    return make_incident(store, cast.admin)
