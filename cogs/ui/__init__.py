"""What people see: cards, forms and buttons, drawn by id. Imports no handler."""
