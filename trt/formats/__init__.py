"""How dates look in the admin: with seconds and their zone, for operators compare them with logs, whose times are UTC."""
