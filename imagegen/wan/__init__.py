"""Wan, the image service: models, requests and answers as bytes, and the client that sends them."""
