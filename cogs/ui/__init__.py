"""What people see: cards, forms and buttons, drawn by id. Knows no handler."""
