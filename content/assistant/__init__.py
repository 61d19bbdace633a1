"""The assistant as the writer: briefs are handed out, copy is checked and taken in."""
