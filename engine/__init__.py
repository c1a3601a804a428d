"""Albumen's engine: it finds the faces in a photo and restores them; no Qt anywhere below."""

__version__ = "0.1.0"
