"""The words of the product: domain types, text, errors, settings. Imports no other package of ours."""
