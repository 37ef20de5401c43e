"""A long feed of RPDE's shape, consumed through the real upstream, consumer and store."""
