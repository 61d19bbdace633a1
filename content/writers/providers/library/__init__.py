"""What needs the model library. It is imported when the first section is written, never before: it takes seconds."""
