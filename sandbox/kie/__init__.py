"""A local KIE: the unified jobs API with real small results. `app` is its table of contents."""
