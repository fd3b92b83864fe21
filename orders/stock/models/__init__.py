"""Index of the room's models."""

from orders.stock.models.holds import Reservation, ReservationLine
from orders.stock.models.levels import Inbound, Shelf, StockLevel, StockLot, StockMovement, Warehouse
from orders.stock.models.transfers import StockCount, StockCountLine, Transfer, TransferLine

__all__ = [
    "Inbound",
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
