"""What the GraphQL over HTTP specification is made of, one subject a module."""
