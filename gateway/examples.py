"""Example operations: GraphiQL opens on them, `make run` asks the first, the docs show them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from gateway.graphiql import Example


def read_examples() -> Sequence[Example]:
    """Read gateway/examples/*.graphql by name; the first line of each, a comment, is its title."""
    folder = resources.files("gateway").joinpath("examples")
    documents = sorted((f for f in folder.iterdir() if f.name.endswith(".graphql")), key=lambda f: f.name)
    examples = []
    for document in documents:
        text = document.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("#").strip()
        examples.append(Example(title=title, query=text))
    return examples
