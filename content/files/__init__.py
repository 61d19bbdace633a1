"""Files out and in: copy written where site generators read it, and taken back from there as hand edits."""
