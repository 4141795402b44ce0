"""The layers of the core: which modules may import which, and figures about the structure."""
