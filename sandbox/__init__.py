"""A local Discord and a local Wan on 127.0.0.1. The product never imports it, and it never imports the product."""
