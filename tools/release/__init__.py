"""The release of all distributions together: their common version, their archives, and checks of both."""
