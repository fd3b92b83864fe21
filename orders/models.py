"""Index of the rooms' models, for Django. Rooms never import this file."""

from orders.intake.models import ImportRun
from orders.sales.models import Expectation, Order, OrderLine, OrderMark
from orders.shipping.models import Carrier, Parcel
from orders.stock.models import (
    Inbound,
    Reservation,
    ReservationLine,
    Shelf,
    StockCount,
    StockCountLine,
    StockLevel,
    StockLot,
    StockMovement,
    Transfer,
    TransferLine,
    Warehouse,
)

__all__ = [
    "Carrier",
    "Expectation",
    "ImportRun",
    "Inbound",
    "Order",
    "OrderLine",
    "OrderMark",
    "Parcel",
    "Reservation",
    "ReservationLine",
    "Shelf",
    "StockCount",
    "StockCountLine",
    "StockLevel",
    "StockLot",
    "StockMovement",
    "Transfer",
    "TransferLine",
    "Warehouse",
]
