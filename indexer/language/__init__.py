"""What an officer types in, a tree of conditions out, and back; docs/search.md is the officer's side of it."""

from indexer.language.error import LanguageError
from indexer.language.names import Names, names_of
from indexer.language.parse import parse
from indexer.language.softer import softer
from indexer.language.write import write, write_field

__all__ = ["LanguageError", "Names", "names_of", "parse", "softer", "write", "write_field"]
