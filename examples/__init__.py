"""Sample sites, which the demo copies from here, and short programs to begin with."""
