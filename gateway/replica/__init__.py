"""Replicas: local copies of systems that give only feeds, filled in the background and read by connectors.

layout     the SQL of a source's tables, made of checked names only
files      where a copy lies, what its name means, how one that is of no use is put away
store      writing: a page with its cursor, the sweep of what is gone
selection  a connector's Selection as SQL
reader     reading: point reads at once, everything else in threads
local      connectors.kit.Replica over the file
consumer   one feed: page after page, pauses, failures, resets
holder     who of several processes consumes, and what it does when the file is damaged
"""
