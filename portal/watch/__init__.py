"""The room of the watch: what waits longer than it may, said to the platform's people before a shopper asks."""
