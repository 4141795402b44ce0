"""Who brings what: the address family contract, the hook specification, the registry and discovery."""
