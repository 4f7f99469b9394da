"""Words for people: sentences, their translations, and how typed text is shown. Knows no view and no handler."""
