"""One module a generative system, named as in the config with underscores; its ``SYSTEM`` is the class."""
