"""The three queries of the public workload, as its load scripts have them."""

from __future__ import annotations

POSTS_WITH_USERS = "{ posts { id userId title user { id name email } } }"
POSTS = "{ posts { title } }"
GREET = "{ greet }"

GREETING = "Hello World!"
