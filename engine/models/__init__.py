"""Model packs: what is known, where it lies, how it is loaded safely."""
