"""Photos of residents for their reports: taken in, made harmless, and served."""
