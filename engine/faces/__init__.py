"""Finding faces in a photo and bringing them to the template and back."""
