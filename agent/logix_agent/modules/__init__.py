"""Modules of the product: how each is turned on and off, and which run by the vendor's signed statement."""
