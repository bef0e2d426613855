"""The HTTP API: the queries of the pages as JSON, described by an OpenAPI document."""
