"""Search: an index in process of whatever the scenarios call findable, renewed in the background."""
