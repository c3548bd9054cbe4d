"""The forms in which people have their images and labels."""
