"""From a GraphQL document to a response."""
