"""The pages: templates, htmx and small scripts, all served from here."""
