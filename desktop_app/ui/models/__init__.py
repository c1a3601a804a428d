"""The models page: what is installed, its licence, and how more comes in."""
