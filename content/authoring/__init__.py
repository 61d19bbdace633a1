"""Extending a site from a request: a page, or a file of facts. Checked as a whole before anything is written."""
