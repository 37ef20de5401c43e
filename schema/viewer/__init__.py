"""The viewer's own: who asks, and what is theirs."""
