"""The Tasks extension (SEP-2663): an operation, as clients follow it that know tasks."""
