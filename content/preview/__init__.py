"""The preview: pages that show preview and production copy side by side."""
