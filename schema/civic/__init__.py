"""民意速办: what residents report about their streets, and how it is dealt with."""
