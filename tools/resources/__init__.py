"""Resources: the site, its pages and sections, and operations, to be read, listed and watched."""
