"""Who asks: a bearer token becomes a `Viewer`, or the request is refused."""
