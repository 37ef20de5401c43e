"""What Alembic runs: migrations on the connection that it is given."""

from alembic import context

from gateway.commands.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
context.run_migrations()
