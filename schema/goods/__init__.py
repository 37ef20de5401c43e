"""好物分享: things that libraries lend, and what neighbours offer and want."""
