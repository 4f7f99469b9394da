"""Change one thing in the product, and see whether its tests notice."""
