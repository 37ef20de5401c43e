"""All I/O: HTTP in, upstream calls out; composes the schema with connectors and sources."""
