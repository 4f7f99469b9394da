"""Text for people: sentences, translations, and how typed text is shown. Imports no view and no handler."""
