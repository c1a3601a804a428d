"""The album page: a grid of thumbnails, what is shown of it, and what can be done with a selection."""
