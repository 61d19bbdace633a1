"""Prompts: what a person picks to have a whole job done, with the state of the site filled in."""
