"""Index of the rooms' models, for Django. Rooms never import this file."""

from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier

__all__ = ["Product", "Supplier"]
