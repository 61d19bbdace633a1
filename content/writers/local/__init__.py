"""The writer `local`: a model on this machine, in a process of its own. No key, no network once it is fetched."""
