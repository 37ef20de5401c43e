"""Layers below a connector: deadline, bulkhead, breaker, retry, credentials, HTTP."""
