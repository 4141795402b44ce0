"""The layers of the core: which module may import which, and figures about its structure."""
