"""GraphiQL, the page on which a person explores the graph; it works with the network unplugged."""

from gateway.graphiql.page import Example, graphiql_page
from gateway.graphiql.routes import graphiql_routes

__all__ = ["Example", "graphiql_page", "graphiql_routes"]
