"""Run a local Discord and a local Wan on 127.0.0.1. The product never imports this package, nor the reverse."""
