"""The composer of the page: messages, commands and attachments."""
