"""Pictures between files, bytes and the network."""
