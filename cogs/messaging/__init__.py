"""Reading from Discord and writing to it: messages, addresses, attachments, routes, refusals."""
