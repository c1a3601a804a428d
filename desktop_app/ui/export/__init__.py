"""Exporting: how the new files shall be, and how far it is."""
