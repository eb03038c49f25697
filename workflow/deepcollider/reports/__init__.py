"""From tables and figures to a page: the tables that reports show, and the rendering of notebooks."""
