"""Durable commands: what residents ask to be done is kept before anybody is told of it, and carried out."""
