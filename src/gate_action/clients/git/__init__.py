"""Git by its command line: a clone, commits and branches of a remote repository, written with a lease."""
