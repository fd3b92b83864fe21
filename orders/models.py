"""Index of the rooms' models, for Django. Rooms never import this file."""

from orders.intake.models import ImportRun
from orders.sales.models import Expectation, Order, OrderLine, OrderMark
from orders.shipping.models import Carrier, Parcel

__all__ = ["Carrier", "Expectation", "ImportRun", "Order", "OrderLine", "OrderMark", "Parcel"]
