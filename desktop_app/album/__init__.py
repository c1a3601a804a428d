"""The catalogue of photos: records, the store that keeps them, import, sidecars and export plans; no Qt."""
