"""What the user sees: one widget a file; no SQL, no files of photos, pixels only as pictures made elsewhere."""
