"""The rows of the catalogue, one file for each family of models. A further model of a family is a row in its file."""
