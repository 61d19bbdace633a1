"""Completion: what may stand in the arguments of prompts and in the addresses of resources."""
