"""The columns of what hangs on suppliers, as a file has them. Pure."""

from suppliers.performance.rules.kinds import Column, Shape

EXPOSURES = (
    Column("supplier_code", Shape.SUPPLIER),
    Column("supplier_name", Shape.SUPPLIER_NAME),
    Column("sku", Shape.SKU, needed=True),
    Column("product_name", Shape.PRODUCT_NAME),
    Column("open_quantity", Shape.COUNT, needed=True),
    Column("open_orders", Shape.COUNT),
    Column("order_lines", Shape.COUNT),
    Column("currency", Shape.CURRENCY, needed=True),
    Column("revenue", Shape.MONEY, needed=True),
    Column("stock", Shape.DECIMAL, needed=True),
    Column("daily_demand", Shape.DECIMAL, needed=True),
)
OWN = EXPOSURES[4:]
