"""The messages of the page: their texts, images and components."""
