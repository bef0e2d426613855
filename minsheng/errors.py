"""Errors that a user can act on. A message says what, where, why and, if known, what to do."""


class MinshengError(Exception):
    """Base of every failure that is not a bug; the CLI prints it without a traceback."""


class ConfigError(MinshengError):
    """A setting, register entry, claim, rule or source file is wrong. Raised before any work starts."""


class SourceChanged(MinshengError):
    """A page has another shape than its source describes. Raised by spiders; ends the crawl as failed."""


class SourceRefused(MinshengError):
    """A page must not be read (robots.txt, login wall, private address). Raised before or instead of a fetch."""


class BadRow(MinshengError):
    """One imported row cannot become a post. Caught by the importer, which sets the row aside with the reason."""


class ModelUnusable(MinshengError):
    """A model folder or name cannot be loaded or has other labels than configured. Raised at load."""


class IndexUnavailable(MinshengError):
    """The index cannot be opened, read or written. Raised by back ends; the job is tried again later."""


class PostRefused(IndexUnavailable):
    """The index cannot hold a post, tried again or not. Raised by ``add`` where nobody takes refused posts."""


class QueryError(MinshengError):
    """A search is not valid: the message says which part and what was expected. Raised before any I/O."""


class NotComparable(QueryError):
    """Similar posts were asked for, but there is nothing to compare with: no such post, or one without a vector."""


class DeliveryFailed(MinshengError):
    """A mail could not be handed over. Caught by the outbox, which keeps the mail and tries again."""
