"""From an interaction to the service and back: acknowledge, submit, or refuse in private."""
